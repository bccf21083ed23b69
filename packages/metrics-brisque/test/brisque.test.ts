import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { conformance } from '@cupel/core/conformance'
import { readImage } from '@cupel/image'
import { picture } from '@cupel/metric-parity'
import brisque from '@cupel/metrics-brisque'
import { photographs } from '@cupel/photographs'
import { describe, expect, test } from 'vitest'
import { features } from '../src/features.js'
import { predict } from '../src/regression.js'

const fixtures = new URL('../fixtures/values.json', import.meta.url)
const { synthetic, opencv } = JSON.parse(readFileSync(fixtures, 'utf8')) as {
  synthetic: { width: number; height: number; features: number[] }[]
  opencv: Record<string, number>
}

/** Where Debian's opencv-data keeps the model. */
const folder = '/usr/share/opencv4/quality'
const weights = { model: join(folder, 'brisque_model_live.yml'), range: join(folder, 'brisque_range_live.yml') }
const there = existsSync(weights.model)
const withModel = () => brisque.open({}, { weights: async (name) => weights[name as keyof typeof weights] })

describe('conformance', () => conformance(brisque, test, there ? { weights } : {}))

test.each(synthetic)("features at $width x $height are numpy's", ({ width, height, features: expected }) => {
  const found = features(picture(width, height))
  expect(found).toHaveLength(36)
  // Half the size is in single precision here, which can move a shape to the next of the grid of 0.001.
  for (const [i, value] of expected.entries()) expect(Math.abs(found[i]! - value)).toBeLessThan(i < 18 ? 1e-6 : 3e-3)
})

test('the regression is the sum over its vectors of weighted kernels, of features brought to -1..1', () => {
  const regression = {
    vectors: [
      [-1, 0],
      [1, 0.5],
    ],
    weights: [3, -2],
    gamma: 0.5,
    rho: -10,
    least: [0, 10],
    greatest: [2, 30],
  }
  // (1, 25) becomes (0, 0.5).
  const expected = 10 + 3 * Math.exp(-0.5 * (1 + 0.25)) - 2 * Math.exp(-0.5)
  expect(predict(regression, [1, 25])).toBeCloseTo(expected, 12)
})

describe.skipIf(!there)(`with the published model${there ? '' : ` (skipped: ${folder} is not there)`}`, () => {
  const known = photographs.filter(({ name }) => name in opencv)
  test.each(known)("$name scores as OpenCV's quality module says", async ({ name, path }) => {
    const score = await (await withModel()).score(await readImage(path))
    // OpenCV cuts off at 0 and 100, and counts the signs of its rounding errors in flat regions.
    expect(Math.abs(Math.min(100, Math.max(0, score)) - opencv[name]!)).toBeLessThan(0.7)
  })

  const data = process.env['CUPEL_DATA'] ?? fileURLToPath(new URL('../../../../shared/data', import.meta.url))
  const list = join(data, 'nips2017', 'test.txt')
  const absent = existsSync(list) ? '' : ` (skipped: ${list} is not there; CUPEL_DATA names the data folder)`
  test.skipIf(absent !== '')(`20 images of NIPS 2017 score as OpenCV's quality module says${absent}`, async () => {
    const metric = await withModel()
    const paths = readFileSync(list, 'utf8').split('\n').slice(0, nips.length)
    const off: number[] = []
    for (const [i, path] of paths.entries()) {
      const score = await metric.score(await readImage(join(dirname(list), path)))
      off.push(Math.abs(Math.min(100, Math.max(0, score)) - nips[i]!))
    }
    off.sort((a, b) => a - b)
    expect(off[10]).toBeLessThan(0.01)
    expect(off[19]).toBeLessThan(0.7)
  })

  test("the files in one another's place are refused", async () => {
    const swapped = { model: weights.range, range: weights.model }
    await expect(brisque.open({}, { weights: async (name) => swapped[name as keyof typeof swapped] })).rejects.toThrow(
      /brisque_range_live\.yml.*opencv_ml_svm/s,
    )
  })
})

/** OpenCV 4.6's scores of the first 20 test images of NIPS 2017. */
const nips = [
  13.0438, 0, 18.5297, 6.5524, 2.5291, 15.6756, 13.5113, 22.0398, 5.2894, 20.4042, 6.1971, 10.5171, 21.0841, 0, 11.4683,
  24.9407, 4.8667, 20.2775, 8.0964, 21.7136,
]
