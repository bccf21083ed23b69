import { readFileSync } from 'node:fs'
import { type Image, imageOf, resize } from '@cupel/core'
import { conformance } from '@cupel/core/conformance'
import { readImage } from '@cupel/image'
import { picture } from '@cupel/metric-parity'
import { photographs } from '@cupel/photographs'
import { describe, expect, test } from 'vitest'
import esrgan from '../src/index.js'

conformance(esrgan, test)

const recorded = JSON.parse(readFileSync(new URL('../fixtures/recorded.json', import.meta.url), 'utf8')) as {
  model: 'slim' | 'medium'
  scale: 2 | 3 | 4 | 8
  stride: number
  values: number[]
}[]

test.each(recorded)(
  '$model x$scale makes what PyTorch makes of the same weights',
  async ({ stride, values, ...options }) => {
    const defence = esrgan(options)
    const { width, height, data } = await defence.purify(picture(13, 9))
    expect([width, height]).toEqual([13 * options.scale, 9 * options.scale])
    const furthest = values.reduce((most, value, i) => Math.max(most, Math.abs(value - data[i * stride]!)), 0)
    expect(furthest).toBeLessThan(1e-4)
    await defence.dispose!()
  },
)

const rms = (a: Image, b: Image) =>
  Math.sqrt(a.data.reduce((sum, value, i) => sum + (value - b.data[i]!) ** 2, 0) / a.data.length)

/** Every second pixel of a photograph, each the mean of four, and the photograph. */
async function halved(side: number): Promise<{ small: Image; large: Image }> {
  const photo = await readImage(photographs[0]!.path)
  const large = imageOf(side, side, (i) => {
    const [c, y, x] = [Math.floor(i / side ** 2), Math.floor(i / side) % side, i % side]
    return photo.data[(c * photo.height + y + 60) * photo.width + x + 60]!
  })
  return { small: resize(large, { width: side / 2, height: side / 2 }), large }
}

describe('a photograph of half the size', () => {
  test.each(['slim', 'medium'] as const)('is enlarged better than by a bilinear resize: %s', async (model) => {
    const { small, large } = await halved(96)
    const enlarged = await esrgan({ model }).purify(small)
    expect(rms(enlarged, large)).toBeLessThan(rms(resize(small, { width: 96, height: 96 }), large))
  })
})

test('a scale that has no weights is refused', () => {
  expect(() => esrgan({ scale: 5 as 4 })).toThrow(/esrgan.*scale/)
})

test.each([
  ['slim', 16],
  ['medium', 40],
] as const)('tiles change nothing: %s looks no further than %i pixels', async (model, reach) => {
  const [width, centre] = [161, 80]
  const strip = imageOf(width, 3, (i) => 0.5 + 0.4 * Math.sin(0.02 * i * (1 + (i % 3))))
  const other = { ...strip, data: strip.data.map((value, i) => (i % width === centre ? 1 - value : value)) }
  const defence = esrgan({ model })
  const [a, b] = [await defence.purify(strip), await defence.purify(other)]
  const changed = a.data.map((value, i) => Math.abs(value - b.data[i]!))
  const distance = (i: number) => Math.abs(((i % (2 * width)) + 0.5) / 2 - 0.5 - centre)
  expect(Math.max(...changed.filter((_, i) => distance(i) > reach + 0.5))).toBeLessThan(1e-6)
  expect(Math.max(...changed.filter((_, i) => distance(i) <= 1))).toBeGreaterThan(0.01)
})
