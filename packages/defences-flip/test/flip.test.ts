import { fromBytes, toBytes } from '@cupel/core'
import { conformance } from '@cupel/core/conformance'
import { expect, test } from 'vitest'
import flip from '../src/index.js'

conformance(flip, test)

/** 3 x 2 pixels, all 18 values different: red 1..6 in reading order, green 11..16, blue 21..26. */
const image = fromBytes(3, 2, [1, 11, 21, 2, 12, 22, 3, 13, 23, 4, 14, 24, 5, 15, 25, 6, 16, 26])
const red = (bytes: ArrayLike<number>) => [0, 3, 6, 9, 12, 15].map((i) => bytes[i])

test.each([
  ['both', [6, 5, 4, 3, 2, 1]],
  ['horizontal', [3, 2, 1, 6, 5, 4]],
  ['vertical', [4, 5, 6, 1, 2, 3]],
] as const)('%s moves every pixel whole to its place, and twice is the identity', async (axes, expected) => {
  const defence = flip({ axes })
  const bytes = toBytes(await defence.purify(image))
  expect(red(bytes)).toEqual(expected)
  for (let i = 0; i < bytes.length; i += 3)
    expect([...bytes.slice(i, i + 3)]).toEqual([0, 10, 20].map((c) => bytes[i]! + c))
  expect((await defence.purify(await defence.purify(image))).data).toEqual(image.data)
})

test('register turns the original in the same way', async () => {
  const purified = await flip().purify(image)
  expect((await purified.register!(image)).data).toEqual(purified.data)
})
