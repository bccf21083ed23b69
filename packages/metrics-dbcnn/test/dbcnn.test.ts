import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Metric } from '@cupel/core'
import { conformance } from '@cupel/core/conformance'
import { full, noise, parity, type Recording, saveTorch, seededState } from '@cupel/metric-parity'
import dbcnn from '@cupel/metrics-dbcnn'
import { afterAll, describe, expect, test } from 'vitest'
import { dbcnnNetwork } from '../src/network.js'

const recording = (name: string): Recording =>
  JSON.parse(readFileSync(new URL(`../fixtures/${name}.json`, import.meta.url), 'utf8'))

const folder = mkdtempSync(join(tmpdir(), 'cupel-dbcnn-'))
afterAll(() => rmSync(folder, { recursive: true }))
const random = join(folder, 'network.pth')
saveTorch(random, seededState(dbcnnNetwork.shapes))

const withWeights = (path: string, options = {}): Promise<Metric> => dbcnn.open(options, { weights: async () => path })
// What takes minutes.
const inFull = full(test)

// Roots of numbers near 0 bend the score so much, and single precision is so coarse for it, that differences tell no more than this;
// that the gradient is exact is what the comparison with PyTorch in double precision says.
describe('conformance', () => conformance(dbcnn, inFull, { weights: { network: random }, tolerance: 0.05 }))

describe('seeded weights', () => {
  parity('DBCNN', () => withWeights(random), recording('small'), test, { image: noise, near: 1 })
  parity('DBCNN', () => withWeights(random), recording('large'), inFull, { image: noise, near: 0 })
})

test('a checkpoint of another network is refused with the keys that tell', async () => {
  const other = join(folder, 'other.pth')
  saveTorch(other, seededState({ 'encoder.conv1.weight': [64, 3, 7, 7], 'encoder.bn1.weight': [64] }))
  await expect(withWeights(other)).rejects.toThrow(/another network.*encoder\.conv1\.weight/s)
})
