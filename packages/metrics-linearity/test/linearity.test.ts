import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Metric, weightsPath } from '@cupel/core'
import { conformance } from '@cupel/core/conformance'
import { readImage } from '@cupel/image'
import { full, noise, parity, type Recording, saveTorch, seededState } from '@cupel/metric-parity'
import linearity, { checkpoint } from '@cupel/metrics-linearity'
import { afterAll, describe, expect, test } from 'vitest'
import { linearityNetwork } from '../src/network.js'

const recording = (name: string): Recording =>
  JSON.parse(readFileSync(new URL(`../fixtures/${name}.json`, import.meta.url), 'utf8'))

const folder = mkdtempSync(join(tmpdir(), 'cupel-linearity-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** As the authors save theirs: the scores of single taps and an optimizer's state beside what is read; k and b as in fixtures/make.py. */
const random = join(folder, 'p1q2.pth')
const saved = (shapes: Parameters<typeof seededState>[0]) =>
  new Map<string, never>(
    Object.entries({
      model: seededState({ ...shapes, 'regr6.weight': [1, 64], 'regr7.bias': [1] }),
      optimizer: new Map([['state', seededState({ exp_avg: [64, 64] })]]),
      k: [3, 5, 7.5],
      b: [10, 20, 41.25],
    }) as never,
  )
saveTorch(random, saved(linearityNetwork.shapes))

const withWeights = (path: string, options = {}): Promise<Metric> =>
  linearity.open(options, { weights: async () => path })
// What takes minutes.
const inFull = full(test)

describe('conformance', () => conformance(linearity, inFull, { weights: { network: random } }))

describe('seeded weights', () => {
  parity('Linearity', () => withWeights(random), recording('small'), test, { image: noise, near: 1 })
  parity('Linearity', () => withWeights(random), recording('large'), inFull, { image: noise, near: 0 })
})

test('a checkpoint of another network is refused with the keys that tell', async () => {
  const other = join(folder, 'other.pth')
  saveTorch(other, saved({ 'backbone.conv1.weight': [64, 3, 7, 7] }))
  await expect(withWeights(other)).rejects.toThrow(/another network.*backbone\.conv1\.weight/s)
})

test('a checkpoint without scale and offset is refused', async () => {
  const bare = join(folder, 'bare.pth')
  saveTorch(bare, new Map([['state_dict', seededState({ 'conv1.weight': [1, 1] })]]))
  await expect(withWeights(bare)).rejects.toThrow(/no "model".*state_dict/s)
})

const data = process.env['CUPEL_DATA'] ?? fileURLToPath(new URL('../../../../shared/data', import.meta.url))
const picture = join(data, 'calibration', 'linearityiqa_CLIVE_1000.JPG')
const official = weightsPath(checkpoint)
const absent = [official, picture].find((path) => !existsSync(path))

test.skipIf(absent !== undefined)(
  `the published checkpoint gives the published score of CLIVE's 1000.JPG${absent ? ` (NOT CHECKED: ${absent} is not there)` : ''}`,
  async () => {
    const metric = await withWeights(official, { size: 'official' })
    const score = await metric.score(await readImage(picture))
    await metric.dispose?.()
    // The authors' resized image is rounded to 8 bits, ours is not.
    expect(Math.abs(score - 10.430044178601875)).toBeLessThan(0.1)
  },
)
