import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Image, imageOf, quantised } from '@cupel/core'
import { conformance } from '@cupel/core/conformance'
import { readImage } from '@cupel/image'
import { parity } from '@cupel/metric-parity'
import nss from '@cupel/metrics-nss'
import { photographs } from '@cupel/photographs'
import { describe, expect, test } from 'vitest'
import { levels, order, srocc } from '../fit/kadid.mjs'
import { names } from '../src/features.js'
import { pristine } from '../src/pristine.js'

describe('conformance', () => conformance(nss, test))

parity(
  'shipped model',
  () => nss(),
  JSON.parse(readFileSync(new URL('../fixtures/pristine.json', import.meta.url), 'utf8')),
  test,
)

const data = process.env['CUPEL_DATA'] ?? fileURLToPath(new URL('../../../../shared/data', import.meta.url))
const list = join(data, 'nips2017', 'test.txt')

/** Images that had no part in the fit. */
const sources: [string, () => string[], boolean][] = [
  ['the photographs of this repository', () => photographs.map(({ path }) => path), true],
  [
    `5 test images of NIPS 2017${existsSync(list) ? '' : ` (skipped: ${list} is not there; CUPEL_DATA names the data folder)`}`,
    () =>
      readFileSync(list, 'utf8')
        .split('\n')
        .filter((_, i) => i % 16 === 0)
        .slice(0, 5)
        .map((path) => join(dirname(list), path)),
    existsSync(list),
  ],
]

for (const [title, paths, there] of sources) {
  describe.skipIf(!there)(title, () => {
    test('levels of blur, noise and JPEG are ordered within an image, and the strongest score far below the clean image', async () => {
      const images = await Promise.all(paths().map((path) => readImage(path)))
      const { clean, ...kinds } = await order(nss(), images)
      expect(Object.keys(kinds)).toEqual(Object.keys(levels))
      for (const { within } of Object.values(kinds)) expect(within).toBeGreaterThanOrEqual(0.95)
      const typical = clean.reduce((sum, score) => sum + score, 0) / clean.length
      expect(typical).toBeGreaterThan(30)
      expect(typical).toBeLessThan(65)
      expect(kinds.blur.medians[4]).toBeLessThan(0.1 * typical)
      expect(kinds.jpeg.medians[4]).toBeLessThan(0.5 * typical)
      expect(kinds.noise.medians[4]).toBeLessThan(typical)
    }, 60_000)
  })
}

test('flat images score near 0, finitely, with a finite gradient', async () => {
  for (const value of [0, 0.5, 1]) {
    const { score, gradient } = await nss().gradient!(imageOf(64, 48, () => value))
    expect(score).toBeGreaterThan(0)
    expect(score).toBeLessThan(1)
    expect(gradient.every(Number.isFinite)).toBe(true)
  }
})

test('small sign steps fool it through 8-bit rounding, large ones less', async () => {
  const metric = nss()
  const image = await readImage(photographs[0]!.path)
  const attacked = async (alpha: number): Promise<number> => {
    let x: Image = image
    for (let step = 0; step < 10; step++) {
      const { gradient } = await metric.gradient!(x)
      x = { ...x, data: x.data.map((v, i) => Math.min(1, Math.max(0, v + alpha * Math.sign(gradient[i]!)))) }
    }
    return metric.score(quantised(x))
  }
  const clean = await metric.score(image)
  const [small, large] = [await attacked(0.2 / 255), await attacked(1 / 255)]
  expect(small).toBeGreaterThan(clean + 20)
  expect(small).toBeGreaterThan(large + 10)
})

test('the shipped model states every feature', () => {
  const { features, mean, covariance } = pristine()
  expect(features).toEqual(names)
  expect(mean).toHaveLength(names.length)
  expect(covariance.map((row) => row.length)).toEqual(names.map((_, i) => i + 1))
})

test('the rank correlation is that of scipy, ties included', () => {
  expect(srocc([1, 2, 3, 4, 5], [5, 6, 7, 8, 7])).toBeCloseTo(0.8207826816681233, 12)
})
