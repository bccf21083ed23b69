import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Metric } from '@cupel/core'
import { conformance } from '@cupel/core/conformance'
import { full, noise, parity, type Recording, saveTorch, seededState } from '@cupel/metric-parity'
import metaiqa from '@cupel/metrics-metaiqa'
import { afterAll, describe, expect, test } from 'vitest'
import { metaiqaNetwork } from '../src/network.js'

const fixture = (name: string) => fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url))
const recording = (name: string): Recording => JSON.parse(readFileSync(fixture(name), 'utf8'))

const folder = mkdtempSync(join(tmpdir(), 'cupel-metaiqa-'))
afterAll(() => rmSync(folder, { recursive: true }))
const random = join(folder, 'metaiqa.pth')
saveTorch(random, seededState(metaiqaNetwork.shapes))

const withWeights = (path: string, options = {}): Promise<Metric> =>
  metaiqa.open(options, { weights: async () => path })
const inFull = full(test)

describe('conformance', () => conformance(metaiqa, test, { weights: { network: random } }))

describe('seeded weights', () => {
  parity('MetaIQA', () => withWeights(random), recording('small.json'), test, { image: noise, near: 1 })
  parity('MetaIQA', () => withWeights(random), recording('large.json'), inFull, { image: noise, near: 0 })
})

test('a whole module, pickled with classes of the training script, is read as the state_dict is', async () => {
  const metric = await withWeights(fixture('module.pt'), { weights: 'tid2013' })
  // What PyTorch gives for it.
  expect(await metric.score(noise(65, 63))).toBeCloseTo(0.5192865133285522, 5)
  await metric.dispose?.()
})

test('a checkpoint of another network is refused with the keys that tell', async () => {
  const other = join(folder, 'other.pth')
  saveTorch(other, seededState({ 'backbone.conv1.weight': [64, 3, 7, 7], 'backbone.bn1.weight': [64] }))
  await expect(withWeights(other)).rejects.toThrow(/another network.*backbone\.conv1\.weight/s)
})

test('the official size does not depend on that of the image, but for its content', async () => {
  const metric = await withWeights(random, { size: 'official' })
  const { score, gradient } = await metric.gradient!(noise(60, 40))
  expect(gradient).toHaveLength(3 * 60 * 40)
  expect(Math.abs((await metric.score(noise(60, 40))) / score - 1)).toBeLessThan(1e-5)
  await metric.dispose?.()
})
