import type { Image } from '@cupel/core'
import { describe, expect, test } from 'vitest'
import { compareDerivative } from '../../src/conformance/derivative.js'
import { dithered } from '../../src/conformance/images.js'
import { network } from './network.js'

const image = dithered([41, 33])
const area = image.width * image.height
const exact = network(image).gradient
const value = async (other: Image): Promise<number> => network(other).score
const column = (i: number): number => i % image.width
const row = (i: number): number => Math.floor(i / image.width) % image.height
const atEdge = (i: number): boolean =>
  column(i) === 0 || row(i) === 0 || column(i) === image.width - 1 || row(i) === image.height - 1

/** Mistakes that have been made. */
const wrong: Record<string, Float32Array> = {
  'by a factor of 1.03': exact.map((g) => 1.03 * g),
  'by the factor 2': exact.map((g) => 2 * g),
  'in sign': exact.map((g) => -g),
  'as zero everywhere': exact.map(() => 0),
  'in one channel by 5 %': exact.map((g, i) => (i >= 2 * area ? 1.05 * g : g)),
  'in one channel, which is missing': exact.map((g, i) => (i < area ? 0 : g)),
  'with red and blue exchanged': exact.map((_, i) => exact[(2 - Math.floor(i / area)) * area + (i % area)]!),
  'as interleaved values': exact.map((_, i) => exact[(i % 3) * area + Math.floor(i / 3)]!),
  'by a shift of one pixel': exact.map((_, i) => exact[(i + 1) % exact.length]!),
  'in the outermost pixels, which are missing': exact.map((g, i) => (atEdge(i) ? 0 : g)),
  'in the outermost pixels, by half': exact.map((g, i) => (atEdge(i) ? 1.5 * g : g)),
  'in the last tile, which is missing': exact.map((g, i) => (column(i) >= 28 && row(i) >= 20 ? 0 : g)),
  'by noise of a tenth': exact.map((g, i) => g * (1 + (i % 2 ? 0.1 : -0.04))),
}

describe('a network in single precision with ReLU and pooling', () => {
  test('its own gradient passes', async () => {
    await compareDerivative('the score', value, image, exact)
  })
  for (const [how, gradient] of Object.entries(wrong)) {
    test(`a gradient wrong ${how} is found out`, async () => {
      await expect(compareDerivative('the score', value, image, gradient)).rejects.toThrow(/the score along/)
    })
  }
  test('a score that nothing moves is not accepted', async () => {
    await expect(
      compareDerivative(
        'the score',
        async () => 3,
        image,
        exact.map(() => 0),
      ),
    ).rejects.toThrow(/no direction/)
  })
})
