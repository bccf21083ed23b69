import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Metric } from '@cupel/core'
import { conformance } from '@cupel/core/conformance'
import { full, noise, parity, type Recording, saveTorch, seededState } from '@cupel/metric-parity'
import paq2piq from '@cupel/metrics-paq2piq'
import { afterAll, describe, expect, test } from 'vitest'
import { paq2piqNetwork } from '../src/index.js'

const recording = (name: string): Recording =>
  JSON.parse(readFileSync(new URL(`../fixtures/${name}.json`, import.meta.url), 'utf8'))

const folder = mkdtempSync(join(tmpdir(), 'cupel-paq2piq-'))
afterAll(() => rmSync(folder, { recursive: true }))
const random = join(folder, 'network.pth')
saveTorch(random, new Map([['model', seededState(paq2piqNetwork.shapes)]]))

const withWeights = (path: string, options = {}): Promise<Metric> =>
  paq2piq.open(options, { weights: async () => path })
const inFull = full(test)

describe('conformance', () => conformance(paq2piq, test, { weights: { network: random } }))

describe('seeded weights', () => {
  parity('PaQ-2-PiQ', () => withWeights(random), recording('small'), test, { image: noise, near: 1 })
  parity('PaQ-2-PiQ', () => withWeights(random), recording('large'), inFull, { image: noise, near: 0 })
})

test('a checkpoint of another network is refused with the keys that tell', async () => {
  const other = join(folder, 'other.pth')
  saveTorch(
    other,
    new Map([['model', seededState({ 'encoder.conv1.weight': [64, 3, 7, 7], 'encoder.bn1.weight': [64] })]]),
  )
  await expect(withWeights(other)).rejects.toThrow(/another network.*encoder\.conv1\.weight/s)
})
