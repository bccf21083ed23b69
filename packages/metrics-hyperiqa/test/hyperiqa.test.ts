import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Metric } from '@cupel/core'
import { conformance } from '@cupel/core/conformance'
import { full, noise, parity, type Recording, saveTorch, seededState } from '@cupel/metric-parity'
import hyperiqa from '@cupel/metrics-hyperiqa'
import { afterAll, describe, expect, test } from 'vitest'
import { hyperNetwork } from '../src/network.js'

const recording = (name: string): Recording =>
  JSON.parse(readFileSync(new URL(`../fixtures/${name}.json`, import.meta.url), 'utf8'))

const folder = mkdtempSync(join(tmpdir(), 'cupel-hyperiqa-'))
afterAll(() => rmSync(folder, { recursive: true }))
const random = join(folder, 'network.pth')
saveTorch(random, seededState(hyperNetwork.shapes))

const withWeights = (path: string, options = {}): Promise<Metric> =>
  hyperiqa.open(options, { weights: async () => path })
// What takes minutes.
const inFull = full(test)

describe('conformance', () => conformance(hyperiqa, inFull, { weights: { network: random }, options: { grid: 1 } }))

describe('seeded weights', () => {
  parity('HyperIQA', () => withWeights(random, { grid: 1 }), recording('small'), test, { image: noise, near: 1 })
  parity('HyperIQA', () => withWeights(random), recording('large'), inFull, { image: noise, near: 0 })
})

test('a checkpoint of another network is refused with the keys that tell', async () => {
  const other = join(folder, 'other.pth')
  saveTorch(other, seededState({ 'encoder.conv1.weight': [64, 3, 7, 7], 'encoder.bn1.weight': [64] }))
  await expect(withWeights(other)).rejects.toThrow(/another network.*encoder\.conv1\.weight/s)
})
