import { readFileSync } from 'node:fs'
import uap from '@cupel/attacks-uap'
import { createRandom, type Image, type Setup } from '@cupel/core'
import { conformance } from '@cupel/core/conformance'
import { imageIn, type Recording, smallNetwork } from '@cupel/descent/parity'
import { describe, expect, test } from 'vitest'

const recording: Recording = JSON.parse(readFileSync(new URL('../fixtures/default.json', import.meta.url), 'utf8'))
const x = imageIn(recording, recording.source)

describe('conformance', () => conformance(uap, test))

const setup: Setup = { device: 'cpu', weights: async (name) => name }
const context = () => ({ random: createRandom(0), signal: new AbortController().signal })
const mirrored: Image = { ...x, data: x.data.map((_, i) => x.data[i - (i % x.width) + x.width - 1 - (i % x.width)]!) }
const negative: Image = { ...x, data: x.data.map((value) => 1 - value) }

test('the trained patch, tiled, is that of the reference', async () => {
  const options = uap.parse({ amplitude: 1, eps: '2/255', size: 8, epochs: 4, lr: 0.002 })
  async function* images() {
    yield* [x, negative, mirrored]
  }
  const prepared = await uap.prepare!(options, setup, smallNetwork('lower'), images(), context())
  const attacked = await (await uap.open(options, { prepared })).run(x, smallNetwork('lower'))
  const theirs = imageIn(recording, recording.attacked)
  expect(Math.max(...attacked.data.map((value, i) => Math.abs(value - theirs.data[i]!)))).toBeLessThan(1e-4)
  const [before, after] = [await smallNetwork().score(x), await smallNetwork().score(attacked)]
  expect(before - after).toBeGreaterThan(0.1)
})

test('untrained, or trained with another size, it says what to do', async () => {
  await expect(uap().run(x, smallNetwork())).rejects.toThrow(/--train/)
  await expect(uap.open({ size: 8 }, { prepared: new Uint8Array(12) })).rejects.toThrow(/train it again/)
})
