import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { imageOf, quantised } from '@cupel/core'
import { conformance } from '@cupel/core/conformance'
import { readImage } from '@cupel/image'
import { picture } from '@cupel/metric-parity'
import piqe from '@cupel/metrics-piqe'
import { photographs } from '@cupel/photographs'
import { describe, expect, test } from 'vitest'

describe('conformance', () => conformance(piqe, test))

const scores: { width: number; height: number; score: number }[] = JSON.parse(
  readFileSync(new URL('../fixtures/scores.json', import.meta.url), 'utf8'),
)
test.each(scores)("scores $width x $height as numpy's restatement", async ({ width, height, score }) => {
  expect(await piqe().score(picture(width, height))).toBeCloseTo(score, 8)
})

const data = process.env['CUPEL_DATA'] ?? fileURLToPath(new URL('../../../../shared/data', import.meta.url))
const folder = join(data, 'calibration', 'dist_dir')
const absent = existsSync(folder) ? '' : ` (skipped: ${folder} is not there; CUPEL_DATA names the data folder)`

/** What MATLAB's piqe gives, to the two decimals that are published. */
const official: [name: string, score: number][] = [
  ['I03', 100],
  ['I04', 21.62],
  ['I06', 35.86],
  ['I08', 41.15],
  ['I19', 76.95],
]
describe.skipIf(absent !== '')(`images of TID2013${absent}`, () => {
  test.each(official)("%s scores as MATLAB's piqe says", async (name, score) => {
    expect(Math.abs((await piqe().score(await readImage(join(folder, `${name}.bmp`)))) - score)).toBeLessThan(0.006)
  })
})

test('noise makes a photograph worse, and an image without an active block scores 100', async () => {
  const image = await readImage(photographs[0]!.path)
  const noisy = imageOf(image.width, image.height, (i) =>
    Math.min(1, Math.max(0, image.data[i]! + 0.2 * Math.sin(i * i))),
  )
  expect(await piqe().score(quantised(noisy))).toBeGreaterThan(10 + (await piqe().score(image)))
  for (const value of [0, 0.5]) expect(await piqe().score(imageOf(64, 48, () => value))).toBe(100)
})
