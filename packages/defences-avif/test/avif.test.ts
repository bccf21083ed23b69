import { conformance } from '@cupel/core/conformance'
import { expect, test } from 'vitest'
import avif from '../src/index.js'

conformance(avif, test)

test.each([0, 101])('quality %d is refused', (quality) => {
  expect(() => avif({ quality })).toThrow(/defence avif.*quality/)
})
