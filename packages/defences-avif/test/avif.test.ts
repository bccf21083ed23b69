import { conformance } from '@cupel/core/conformance'
import { expect, test } from 'vitest'
import avif from '../src/index.js'

// Neither Pillow 9 nor OpenCV 4.6 writes AVIF to compare it with; test/codecs.test.ts holds it to what holds of every codec.
conformance(avif, test)

test.each([0, 101])('quality %d is refused', (quality) => {
  expect(() => avif({ quality })).toThrow(/defence avif.*quality/)
})
