import { createRandom, imageOf } from '@cupel/core'
import { conformance } from '@cupel/core/conformance'
import { expect, test } from 'vitest'
import rotate from '../src/index.js'
import { gather, rotation } from '../src/rotation.js'

conformance(rotate, test)

const image = imageOf(7, 7, (i) => ((i * 37) % 256) / 255)
const context = (seed: number) => ({ random: createRandom(seed), signal: new AbortController().signal })

test('a quarter turn to the left moves the right column to the top row', () => {
  const turned = gather(image, rotation(image, 90))
  for (let x = 0; x < 7; x++) expect(turned.data[x]).toBe(image.data[x * 7 + 6])
})

test('what comes from outside is black, and 0 degrees change nothing', async () => {
  const white = imageOf(40, 40, () => 1)
  const turned = gather(white, rotation(white, 45))
  expect([turned.data[0], turned.data[39], turned.data[20 * 40 + 20]]).toEqual([0, 0, 1])
  expect((await rotate({ degrees: 0 }).purify(image)).data).toEqual(image.data)
})

test('angles are drawn evenly between the two ends', async () => {
  // A bright point far to the right of the centre of a tall strip tells the angle by the row that it comes to.
  const size = 401
  const point = imageOf(size, size, (i) => (i === 200 * size + 390 ? 1 : 0))
  const rows: number[] = []
  for (let seed = 0; seed < 60; seed++) {
    const { data } = await rotate({ degrees: 30 }).purify(point, context(seed))
    const at = data.indexOf(1)
    if (at >= 0) rows.push((Math.atan2(200 - Math.floor(at / size), (at % size) - 200) * 180) / Math.PI)
  }
  expect(rows.length).toBeGreaterThan(40)
  for (const angle of rows) expect(Math.abs(angle)).toBeLessThan(30.5)
  expect(Math.max(...rows)).toBeGreaterThan(24)
  expect(Math.min(...rows)).toBeLessThan(-24)
})

test('register turns the original by the very same angle', async () => {
  const purified = await rotate({ degrees: 50 }).purify(image, context(3))
  expect((await purified.register!(image)).data).toEqual(purified.data)
})
