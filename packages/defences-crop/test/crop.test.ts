import { createRandom, imageOf } from '@cupel/core'
import { conformance } from '@cupel/core/conformance'
import { expect, test } from 'vitest'
import crop from '../src/index.js'

// The kit's images are smaller than some of the windows, which would then be the whole image.
conformance(crop, test, { options: { size: 20 } })

const context = (seed: number) => ({ random: createRandom(seed), signal: new AbortController().signal })
/** Every value of a plane tells its place. */
const image = imageOf(30, 20, (i) => i / 1800)

test('the window is cut out whole, and every place is reached', async () => {
  const lefts = new Set<number>()
  const tops = new Set<number>()
  for (let seed = 0; seed < 200; seed++) {
    const { width, height, data } = await crop({ size: 16 }).purify(image, context(seed))
    expect([width, height]).toEqual([16, 16])
    const first = Math.round(data[0]! * 1800)
    const [left, top] = [first % 30, Math.floor(first / 30)]
    lefts.add(left)
    tops.add(top)
    for (const [c, y, x] of [
      [0, 15, 15],
      [1, 3, 0],
      [2, 0, 9],
    ] as const) {
      expect(Math.round(data[c * 256 + y * 16 + x]! * 1800)).toBe(c * 600 + (top + y) * 30 + left + x)
    }
  }
  expect([...lefts].sort((a, b) => a - b)).toEqual(Array.from({ length: 15 }, (_, i) => i))
  expect([...tops].sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4])
})

test('a window larger than the image becomes its side', async () => {
  const sides = async (size: number) => {
    const purified = await crop({ size }).purify(image)
    return [purified.width, purified.height]
  }
  expect(await sides(25)).toEqual([25, 20])
  expect(await sides(256)).toEqual([30, 20])
  expect((await crop().purify(image)).data).toEqual(image.data)
})

test('register cuts the same window out of the original', async () => {
  const purified = await crop({ size: 9 }).purify(image, context(5))
  expect((await purified.register!(image)).data).toEqual(purified.data)
})

test('no window is refused', () => {
  expect(() => crop({ size: 0 })).toThrow(/size/)
})
