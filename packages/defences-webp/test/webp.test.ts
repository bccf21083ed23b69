import { conformance } from '@cupel/core/conformance'
import { expect, test } from 'vitest'
import webp from '../src/index.js'

conformance(webp, test)

test.each([0, 101])('quality %d is refused', (quality) => {
  expect(() => webp({ quality })).toThrow(/defence webp.*quality/)
})
