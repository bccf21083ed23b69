import { imageOf } from '@cupel/core'
import { conformance } from '@cupel/core/conformance'
import { expect, test } from 'vitest'
import gaussianBlur from '../src/index.js'

conformance(gaussianBlur, test)

/** One bright red pixel in the middle of 5 x 5. */
const point = imageOf(5, 5, (i) => (i === 12 ? 1 : 0))
const cross = async (options: object) => {
  const { data } = await gaussianBlur(options).purify(point)
  return [data[12]!, data[13]!, data[17]!, data[18]!]
}

test('a point becomes the kernel, in its own channel', async () => {
  const { data } = await gaussianBlur().purify(point)
  const side = Math.exp(-1 / (2 * 0.8 ** 2))
  const [centre, beside] = [1 / (1 + 2 * side), side / (1 + 2 * side)]
  expect(data[12]).toBeCloseTo(centre * centre, 6)
  expect(data[13]).toBeCloseTo(centre * beside, 6)
  expect(data[18]).toBeCloseTo(beside * beside, 6)
  expect(data.subarray(25).every((value) => value === 0)).toBe(true)
})

test('the fixed kernel of OpenCV is another one, and is used only where no sigma is given', async () => {
  expect(await cross({ kernel: 'opencv' })).toEqual([0.25, 0.125, 0.125, 0.0625])
  expect(await cross({ kernel: 'opencv', sigma: 0.8 })).toEqual(await cross({}))
  expect(await cross({ kernel: 'opencv' })).not.toEqual(await cross({}))
})

test('1 x N, N x 1 and images smaller than the window stay within their values', async () => {
  for (const [width, height] of [
    [1, 9],
    [9, 1],
    [1, 1],
    [4, 3],
  ] as const) {
    const image = imageOf(width, height, (i) => 0.2 + 0.5 * (i % 2))
    const { data } = await gaussianBlur({ size: 11 }).purify(image)
    for (const value of data) expect(value >= 0.2 - 1e-6 && value <= 0.7 + 1e-6).toBe(true)
  }
})

test('an even or negative window is refused', () => {
  expect(() => gaussianBlur({ size: 4 })).toThrow(/size: found 4, expected an odd number/)
  expect(() => gaussianBlur({ size: -1 })).toThrow(/size/)
})
