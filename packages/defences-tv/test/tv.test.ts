import { createRandom, imageOf } from '@cupel/core'
import { conformance } from '@cupel/core/conformance'
import { bytesInUse } from '@cupel/defence-parity'
import { expect, test } from 'vitest'
import tv from '../src/index.js'

conformance(tv, test)

const noise = createRandom('noise').normals(3 * 40 * 30)
const edge = imageOf(40, 30, (i) => (i % 40 < 20 ? 0.3 : 0.7))
const noisy = imageOf(40, 30, (i) => Math.min(1, Math.max(0, edge.data[i]! + 0.05 * noise[i]!)))
const distance = (a: Float32Array, b: Float32Array) =>
  Math.sqrt(a.reduce((sum, v, i) => sum + (v - b[i]!) ** 2, 0) / a.length)

test('noise on a flat image with an edge is removed', async () => {
  const { data } = await tv().purify(noisy)
  expect(distance(data, edge.data)).toBeLessThan(distance(noisy.data, edge.data) / 2)
})

test('more weight is smoother, and the mean is kept', async () => {
  const variation = (data: Float32Array) =>
    data.reduce((sum, value, i) => sum + (i % 40 ? Math.abs(value - data[i - 1]!) : 0), 0)
  const results = await Promise.all([0.02, 0.1, 0.4].map(async (weight) => (await tv({ weight }).purify(noisy)).data))
  const variations = results.map(variation)
  expect(variations).toEqual(variations.toSorted((a, b) => b - a))
  const mean = (data: Float32Array) => data.reduce((a, b) => a + b, 0) / data.length
  for (const data of results) expect(mean(data)).toBeCloseTo(mean(noisy.data), 5)
})

test('a constant image and single rows and columns work', async () => {
  for (const [width, height] of [
    [1, 9],
    [9, 1],
    [1, 1],
  ] as const) {
    for (const value of (await tv().purify(imageOf(width, height, () => 0.3))).data) expect(value).toBeCloseTo(0.3, 6)
  }
})

test('stops when it is aborted on the way', async () => {
  const image = imageOf(300, 300, (i) => ((i * 7919) % 101) / 101)
  const running = tv({ tolerance: 0, iterations: 1000 }).purify(image, {
    random: createRandom(0),
    signal: AbortSignal.timeout(30),
  })
  await expect(running).rejects.toThrow(/timeout/)
})

test('the gradient holds two fields for the root of its steps', async () => {
  const { signal } = new AbortController()
  const steps = 400
  const purified = await tv({ tolerance: 0, iterations: steps + 1 }).purify(noisy, { random: createRandom(0), signal })
  const before = bytesInUse()
  let [looks, most] = [0, 0]
  signal.throwIfAborted = () => {
    if (looks++ % 20 === 19) most = Math.max(most, bytesInUse() - before)
  }
  await purified.pullback!(noisy.data)
  expect(looks).toBeGreaterThan(3 * steps)
  // A field is two doubles a pixel; what else is there takes no more than five.
  const fields = most / (16 * 40 * 30)
  expect(fields).toBeGreaterThan(35)
  expect(fields).toBeLessThanOrEqual(2 * Math.sqrt(steps) + 5)
})
