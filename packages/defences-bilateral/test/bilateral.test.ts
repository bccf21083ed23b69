import { imageOf } from '@cupel/core'
import { conformance } from '@cupel/core/conformance'
import { expect, test } from 'vitest'
import bilateral from '../src/index.js'

conformance(bilateral, test)

test('noise in flat places goes, an edge of far colours stays', async () => {
  const image = imageOf(24, 16, (i) => (i % 24 < 12 ? 0.2 : 0.8) + (((i * 7919) % 11) - 5) / 250)
  const { data } = await bilateral({ size: 7 }).purify(image)
  const deviation = (values: Float32Array) => {
    const left = values.filter((_, i) => i % 24 < 12)
    const mean = left.reduce((a, b) => a + b) / left.length
    return Math.sqrt(left.reduce((sum, value) => sum + (value - mean) ** 2, 0) / left.length)
  }
  expect(deviation(data)).toBeLessThan(deviation(image.data) / 2)
  expect(data[5 * 24 + 12]! - data[5 * 24 + 11]!).toBeGreaterThan(0.55)
})

test('a pixel alone in colour changes others by what its weight says', async () => {
  // All in one channel, so that the distance of colours is the difference itself.
  const image = imageOf(5, 5, (i) => (i === 12 ? 0.6 : i < 25 ? 0.5 : 0))
  const { data } = await bilateral({ size: 3, sigmaColour: 0.1, sigmaSpace: 1 }).purify(image)
  const near = Math.exp(-0.5)
  const alike = Math.exp(-0.5)
  // A disc of radius 1: the pixel itself and its four neighbours.
  expect(data[12]).toBeCloseTo((0.6 + 4 * near * alike * 0.5) / (1 + 4 * near * alike), 6)
  expect(data[13]).toBeCloseTo((0.5 + 3 * near * 0.5 + near * alike * 0.6) / (1 + 3 * near + near * alike), 6)
})

test('1 x N and images smaller than the window', async () => {
  for (const [width, height] of [
    [1, 9],
    [9, 1],
    [1, 1],
    [2, 2],
  ] as const) {
    const { data } = await bilateral({ size: 11, sigmaColour: 5, sigmaSpace: 50 }).purify(
      imageOf(width, height, () => 0.3),
    )
    for (const value of data) expect(value).toBeCloseTo(0.3, 6)
  }
})

test('stops when it is aborted on the way', async () => {
  const image = imageOf(300, 300, (i) => (i % 7) / 7)
  const running = bilateral({ size: 15 }).purify(image, { random: undefined as never, signal: AbortSignal.timeout(30) })
  await expect(running).rejects.toThrow(/timeout/)
})
