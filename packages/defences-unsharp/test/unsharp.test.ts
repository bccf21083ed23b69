import { imageOf } from '@cupel/core'
import { conformance } from '@cupel/core/conformance'
import { expect, test } from 'vitest'
import unsharp from '../src/index.js'

conformance(unsharp, test)

test('amount 0 changes nothing', async () => {
  const image = imageOf(9, 7, (i) => ((i * 37) % 256) / 255)
  expect((await unsharp({ amount: 0 }).purify(image)).data).toEqual(image.data)
})

test('an edge is steepened, a constant image is not changed', async () => {
  const edge = imageOf(8, 4, (i) => (i % 8 < 4 ? 0.4 : 0.6))
  const { data } = await unsharp().purify(edge)
  expect(data[3]!).toBeLessThan(0.37)
  expect(data[4]!).toBeGreaterThan(0.63)
  expect(data[3]! + data[4]!).toBeCloseTo(1, 6)
  for (const value of (await unsharp().purify(imageOf(6, 6, () => 0.3))).data) expect(value).toBeCloseTo(0.3, 6)
})

test('where the result was clipped its derivative is 0', async () => {
  // A bright row whose sharpened values leave 0..1, beside a gray one whose values do not.
  const image = imageOf(16, 16, (i) => (Math.floor((i % 256) / 16) < 8 ? (i % 2 ? 1 : 0) : 0.5))
  const purified = await unsharp({ size: 3 }).purify(image)
  expect(purified.data[16]).toBe(0)
  expect(purified.data[17]).toBe(1)
  const clipped = await purified.pullback!(Float32Array.from(image.data, (_, i) => (i === 16 || i === 17 ? 1 : 0)))
  expect(clipped.gradient.every((value) => value === 0)).toBe(true)
  const free = await purified.pullback!(Float32Array.from(image.data, (_, i) => (i === 12 * 16 ? 1 : 0)))
  expect(free.gradient[12 * 16]).toBeGreaterThan(1)
})
