import { createRandom, imageOf } from '@cupel/core'
import { conformance } from '@cupel/core/conformance'
import { expect, test } from 'vitest'
import randomNoise from '../src/index.js'

conformance(randomNoise, test)

const gray = imageOf(80, 60, () => 0.5)

test.each([0.01, 0.1])('the noise is normal with standard deviation %d', async (sigma) => {
  const noise = (await randomNoise({ sigma }).purify(gray)).data.map((value) => value - 0.5)
  const mean = noise.reduce((sum, n) => sum + n, 0) / noise.length
  const deviation = Math.sqrt(noise.reduce((sum, n) => sum + (n - mean) ** 2, 0) / noise.length)
  const kurtosis = noise.reduce((sum, n) => sum + ((n - mean) / deviation) ** 4, 0) / noise.length
  expect(Math.abs(mean)).toBeLessThan((4 * sigma) / Math.sqrt(noise.length))
  expect(deviation / sigma).toBeCloseTo(1, 1)
  expect(Math.abs(kurtosis - 3)).toBeLessThan(0.2)
})

test('the three channels get different noise', async () => {
  const { data } = await randomNoise().purify(gray)
  expect(data.subarray(0, 4800)).not.toEqual(data.subarray(4800, 9600))
})

test('what leaves 0..1 is clipped, and its gradient is 0', async () => {
  const black = imageOf(20, 20, () => 0)
  const purified = await randomNoise({ sigma: 0.1 }).purify(black, {
    random: createRandom(7),
    signal: new AbortController().signal,
  })
  const { gradient } = await purified.pullback!(new Float32Array(1200).fill(1))
  const clipped = purified.data.filter((value) => value === 0).length
  expect(clipped).toBeGreaterThan(400)
  expect(gradient.filter((value) => value === 0).length).toBe(clipped)
})
