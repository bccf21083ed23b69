import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { imageOf } from '@cupel/core'
import { conformance } from '@cupel/core/conformance'
import { readImage } from '@cupel/image'
import { picture } from '@cupel/metric-parity'
import niqe from '@cupel/metrics-niqe'
import { photographs } from '@cupel/photographs'
import { describe, expect, test } from 'vitest'

const data = process.env['CUPEL_DATA'] ?? fileURLToPath(new URL('../../../../shared/data', import.meta.url))
const parameters = join(data, 'weights', 'niqe', 'niqe_pris_params.npz')

describe('conformance', () => conformance(niqe, test, existsSync(parameters) ? { weights: { parameters } } : {}))

const scores: { width: number; height: number; score: number }[] = JSON.parse(
  readFileSync(new URL('../fixtures/scores.json', import.meta.url), 'utf8'),
)
test.each(scores)("scores $width x $height as numpy's restatement", async ({ width, height, score }) => {
  expect(Math.abs((await niqe().score(picture(width, height))) / score - 1)).toBeLessThan(1e-7)
})

/** Official values of the authors' MATLAB release, and how far ours may be: see the README. */
const official: [name: string, value: number, tolerance: number][] = [
  ['I03', 15.7536293917814, 0.001],
  ['I04', 3.6549215235377, 1e-9],
  ['I06', 3.23547743716998, 0.001],
  ['I08', 3.18403333858339, 0.01],
  ['I19', 8.63519663862637, 0.01],
]
describe.skipIf(!existsSync(parameters))(
  `official model${existsSync(parameters) ? '' : ` (skipped: ${parameters} is not there; CUPEL_DATA names the data folder)`}`,
  () => {
    test.each(official)('%s scores as the official MATLAB code says', async (name, value, tolerance) => {
      const metric = await niqe.open({ model: 'official' }, { weights: async () => parameters })
      const score = await metric.score(await readImage(join(data, 'calibration', 'dist_dir', `${name}.bmp`)))
      expect(Math.abs(score / value - 1)).toBeLessThan(tolerance)
    })
  },
)

test('photographs score far below the same under noise', async () => {
  for (const { path } of photographs.slice(0, 2)) {
    const image = await readImage(path)
    const noisy = imageOf(image.width, image.height, (i) =>
      Math.min(1, Math.max(0, image.data[i]! + 0.1 * Math.sin(i * i))),
    )
    expect(await niqe().score(image)).toBeLessThan(8)
    expect(await niqe().score(noisy)).toBeGreaterThan(1.5 * (await niqe().score(image)))
  }
})

test('a file that is not the official model is refused with what it holds', async () => {
  const other = fileURLToPath(new URL('../fixtures/scores.json', import.meta.url))
  await expect(niqe.open({ model: 'official' }, { weights: async () => other })).rejects.toThrow(/scores\.json/)
})
