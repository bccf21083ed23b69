import { imageOf, Unavailable } from '@cupel/core'
import { conformance } from '@cupel/core/conformance'
import { expect, test } from 'vitest'
import resize from '../src/index.js'

conformance(resize, test)

test('new sides are rounded down and at least 1', async () => {
  const sides = async (width: number, height: number, scale: number) => {
    const purified = await resize({ scale }).purify(imageOf(width, height, () => 0.5))
    return [purified.width, purified.height]
  }
  expect(await sides(299, 299, 0.5)).toEqual([149, 149])
  expect(await sides(223, 161, 0.25)).toEqual([55, 40])
  expect(await sides(1, 9, 0.1)).toEqual([1, 1])
})

test('half of an even side is the mean of neighbours', async () => {
  const image = imageOf(4, 2, (i) => (i % 8) / 10)
  const { data } = await resize().purify(image)
  expect(data[0]).toBeCloseTo((0 + 1 + 4 + 5) / 40, 6)
  expect(data[1]).toBeCloseTo((2 + 3 + 6 + 7) / 40, 6)
})

test('a scale that is no scale is refused', () => {
  expect(() => resize({ scale: 0 })).toThrow(/scale/)
  expect(() => resize({ scale: 100 })).toThrow(/scale/)
})

test('an image that would become too large is refused before memory is asked for', async () => {
  const image = { width: 4000, height: 3000, data: new Float32Array(3 * 4000 * 3000) }
  const purified = resize({ scale: 8 }).purify(image)
  await expect(purified).rejects.toThrow(
    /^resize: the result would have 32000 x 24000 pixels, expected at most 715,827,882/,
  )
  await expect(purified).rejects.toThrow(Unavailable)
})
