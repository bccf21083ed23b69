import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { conformance } from '@cupel/core/conformance'
import { denoising, parity, safetensors, seededWeights, temporary, withoutWeights } from '@cupel/defence-parity'
import type { Tensor } from '@cupel/graph'
import { loadStrict, readCheckpoint } from '@cupel/graph/checkpoint'
import { afterAll, describe, expect, test } from 'vitest'
import comdefend, { comdefendOf } from '../src/index.js'
import { comdefendNetwork, official } from '../src/network.js'
import { purifier } from '../src/purifier.js'

const fixture = (name: string) => readFileSync(new URL(`../fixtures/${name}`, import.meta.url))
const recording = (name: string) => JSON.parse(fixture(`${name}.json`).toString('utf8'))
const { file } = temporary(afterAll)
const files: Record<string, string> = {
  encoder: file('enc.npy', gunzipSync(fixture('encoder.npy.gz'))),
  decoder: file('dec.npy', gunzipSync(fixture('decoder.npy.gz'))),
}
const open = () => comdefend.open({}, { weights: async (name) => files[name]! })
const network = comdefendNetwork(official)

// A small one, which differs in its channels alone.
const design = { encoder: [3, 8, 12, 12], decoder: [12, 8, 8, 3] }
const half = (channels: readonly number[]) => {
  const shapes = channels
    .slice(1)
    .flatMap((outputs, i) => [
      [`${2 * i}`, [3, 3, channels[i]!, outputs]] as const,
      [`${2 * i + 1}`, [outputs]] as const,
    ])
  return safetensors(seededWeights(Object.fromEntries(shapes), 3))
}
const small = { encoder: file('small-enc', half(design.encoder)), decoder: file('small-dec', half(design.decoder)) }
describe('conformance', () => conformance(comdefendOf(design), test, { weights: small }))

parity('random weights', open, recording('random'), test)

test('it has the parameters of the authors', () => {
  const sizes = Object.values(network.shapes).map((shape) => shape.reduce((a, b) => a * b, 1))
  expect(sizes.reduce((a, b) => a + b, 0)).toBe(1_566_735)
})

/** A kernel [out, in, height, width] as the authors' files have it, [height, width, in, out]. */
function asHwio({ shape, data }: Tensor<'float32'>): Tensor<'float32'> {
  const [outputs, inputs, height, width] = shape as [number, number, number, number]
  const turned = data.map((_, i) => {
    const [o, rest] = [i % outputs, Math.floor(i / outputs)]
    const [c, place] = [rest % inputs, Math.floor(rest / inputs)]
    return data[(o * inputs + c) * height * width + place]!
  })
  return { dtype: 'float32', shape: [height, width, inputs, outputs], data: turned }
}

denoising(
  'ComDefend',
  'weights/comdefend/comdefend_enc.safetensors',
  async (encoder) => {
    const paths = { encoder, decoder: join(dirname(encoder), 'comdefend_dec.safetensors') }
    const halves = Object.entries(paths).map(async ([half, path]) => {
      const entries = Object.entries(network.shapes).filter(([name]) => name.startsWith(half))
      const shapes = new Map(entries.map(([name, shape]) => [name.replace(`${half}.`, 'conv'), shape]))
      const loaded = await loadStrict(await readCheckpoint(path), shapes)
      const tensors = [...loaded.values()].map((tensor) => (tensor.shape.length === 4 ? asHwio(tensor) : tensor))
      const state = new Map(tensors.map((tensor, i) => [`${i}`, tensor]))
      return file(`published-${half}`, safetensors(state))
    })
    const [written, other] = (await Promise.all(halves)) as [string, string]
    return purifier({ encoder: written, decoder: other }, official, 'cpu')
  },
  recording('psnr'),
  test,
)

test('halves that are exchanged are refused by name', async () => {
  const exchanged = { weights: async (name: string) => files[name === 'encoder' ? 'decoder' : 'encoder']! }
  await expect(comdefend.open({}, exchanged)).rejects.toThrow(/dec\.npy/)
})

test('without the files it says which and the command that brings it', async () => {
  expect(await withoutWeights(comdefend)).toMatch(/cupel weights pull comdefend_enc20_0\.0001\.npy/)
})
