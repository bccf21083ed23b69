import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Metric } from '@cupel/core'
import { conformance } from '@cupel/core/conformance'
import { full, noise, parity, type Recording, saveTorch, seededState } from '@cupel/metric-parity'
import spaq from '@cupel/metrics-spaq'
import { afterAll, describe, expect, test } from 'vitest'
import { spaqNetwork } from '../src/index.js'

const recording = (name: string): Recording =>
  JSON.parse(readFileSync(new URL(`../fixtures/${name}.json`, import.meta.url), 'utf8'))

const folder = mkdtempSync(join(tmpdir(), 'cupel-spaq-'))
afterAll(() => rmSync(folder, { recursive: true }))
const random = join(folder, 'network.pth')
saveTorch(random, new Map([['state_dict', seededState(spaqNetwork.shapes)]]))

const withWeights = (path: string, options = {}): Promise<Metric> => spaq.open(options, { weights: async () => path })
// What takes minutes.
const inFull = full(test)

describe('conformance', () => conformance(spaq, inFull, { weights: { network: random } }))

describe('seeded weights', () => {
  parity('SPAQ', () => withWeights(random), recording('small'), test, { image: noise, near: 1 })
  parity('SPAQ', () => withWeights(random), recording('large'), inFull, { image: noise, near: 0 })
})

test('a checkpoint of another network is refused with the keys that tell', async () => {
  const other = join(folder, 'other.pth')
  saveTorch(
    other,
    new Map([['state_dict', seededState({ 'encoder.conv1.weight': [64, 3, 7, 7], 'encoder.bn1.weight': [64] })]]),
  )
  await expect(withWeights(other)).rejects.toThrow(/another network.*encoder\.conv1\.weight/s)
})

describe('the official size', () => {
  parity('SPAQ', () => withWeights(random, { size: 'official' }), recording('official'), inFull, {
    image: noise,
    near: 0,
  })

  test('an image with a side below 512 is fed as it is', async () => {
    const [official, native] = [await withWeights(random, { size: 'official' }), await withWeights(random)]
    const image = noise(230, 224)
    expect(Math.abs((await official.score(image)) / (await native.score(image)) - 1)).toBeLessThan(1e-5)
    await Promise.all([official.dispose?.(), native.dispose?.()])
  })
})
