import { imageOf } from '@cupel/core'
import { conformance } from '@cupel/core/conformance'
import { expect, test } from 'vitest'
import upscale from '../src/index.js'

conformance(upscale, test)

test('its name stands for the three of the study', () => {
  expect(upscale.defaults).toEqual(['upscale-nearest', 'upscale-bilinear', 'upscale-bicubic'])
})

test('nearest: every 2 x 2 pixels become their mean', async () => {
  const image = imageOf(6, 4, (i) => ((i * 29) % 100) / 100)
  const { data } = await upscale({ method: 'nearest' }).purify(image)
  const mean = (image.data[0]! + image.data[1]! + image.data[6]! + image.data[7]!) / 4
  for (const at of [0, 1, 6, 7]) expect(data[at]).toBeCloseTo(mean, 6)
})

test('the size is kept, also of odd and of tiny images', async () => {
  for (const [width, height] of [
    [1, 1],
    [1, 7],
    [5, 3],
  ] as const) {
    for (const method of ['nearest', 'bilinear', 'bicubic'] as const) {
      const purified = await upscale({ method }).purify(imageOf(width, height, () => 0.4))
      expect([purified.width, purified.height]).toEqual([width, height])
      for (const value of purified.data) expect(value).toBeCloseTo(0.4, 6)
    }
  }
})

test('bicubic overshoots are clipped, and their gradient with them', async () => {
  const image = imageOf(16, 4, (i) => (i % 16 < 8 ? 0 : 1))
  const purified = await upscale({ method: 'bicubic' }).purify(image)
  expect(Math.min(...purified.data)).toBe(0)
  expect(Math.max(...purified.data)).toBe(1)
  const { gradient } = await purified.pullback!(Float32Array.from(image.data, (_, i) => (i % 16 === 9 ? 1 : 0)))
  expect(gradient.every((value) => value === 0)).toBe(true)
})
