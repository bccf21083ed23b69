import { fromBytes, imageOf, toBytes } from '@cupel/core'
import { conformance } from '@cupel/core/conformance'
import { expect, test } from 'vitest'
import colorQuantization from '../src/index.js'

conformance(colorQuantization, test)

const every = fromBytes(
  16,
  16,
  Array.from({ length: 768 }, (_, i) => Math.floor(i / 3)),
)

test.each([2, 5, 16, 20, 25])(
  '%i levels are left, evenly spaced, and doing it again changes nothing',
  async (levels) => {
    const once = await colorQuantization({ levels }).purify(every)
    const expected = Array.from({ length: levels }, (_, k) => Math.fround(k / (levels - 1)))
    expect([...new Set(once.data)].sort((a, b) => a - b)).toEqual(expected)
    expect((await colorQuantization({ levels }).purify(once)).data).toEqual(once.data)
  },
)

test('values go to the nearest level and are not cut off', async () => {
  const image = imageOf(3, 1, (i) => [0.24, 0.26, 0.99][i % 3]!)
  expect([...(await colorQuantization({ levels: 3 }).purify(image)).data.subarray(0, 3)]).toEqual([0, 0.5, 1])
})

test('256 levels keep an 8-bit image', async () => {
  expect(toBytes(await colorQuantization({ levels: 256 }).purify(every))).toEqual(toBytes(every))
})

test('fewer than two levels are refused', () => {
  expect(() => colorQuantization({ levels: 1 })).toThrow(/levels/)
})
