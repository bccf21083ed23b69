import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Metric } from '@cupel/core'
import { conformance } from '@cupel/core/conformance'
import { full, noise, parity, type Recording, saveTorch, seededState } from '@cupel/metric-parity'
import koncept512 from '@cupel/metrics-koncept512'
import { afterAll, describe, expect, test } from 'vitest'
import { konceptNetwork } from '../src/index.js'

const recording = (name: string): Recording =>
  JSON.parse(readFileSync(new URL(`../fixtures/${name}.json`, import.meta.url), 'utf8'))

const folder = mkdtempSync(join(tmpdir(), 'cupel-koncept512-'))
afterAll(() => rmSync(folder, { recursive: true }))
const random = join(folder, 'network.pth')
saveTorch(random, seededState(konceptNetwork.shapes))

const withWeights = (path: string, options = {}): Promise<Metric> =>
  koncept512.open(options, { weights: async () => path })
// What takes minutes.
const inFull = full(test)

describe('conformance', () => conformance(koncept512, inFull, { weights: { network: random } }))

describe('seeded weights', () => {
  parity('KonCept512', () => withWeights(random, { size: 'native' }), recording('small'), test, {
    image: noise,
    near: 1,
  })
  parity('KonCept512', () => withWeights(random), recording('large'), inFull, { image: noise, near: 0 })
})

test('a checkpoint of another network is refused with the keys that tell', async () => {
  const other = join(folder, 'other.pth')
  saveTorch(other, seededState({ 'encoder.conv1.weight': [64, 3, 7, 7], 'encoder.bn1.weight': [64] }))
  await expect(withWeights(other)).rejects.toThrow(/another network.*encoder\.conv1\.weight/s)
})
