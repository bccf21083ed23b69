import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { conformance } from '@cupel/core/conformance'
import { denoising, parity, safetensors, seededWeights, temporary, withoutWeights } from '@cupel/defence-parity'
import { loadStrict, readCheckpoint } from '@cupel/graph/checkpoint'
import { afterAll, describe, expect, test } from 'vitest'
import dncnn, { dncnnOf } from '../src/index.js'
import { dncnnNetwork, official } from '../src/network.js'
import { purifier } from '../src/purifier.js'

const recording = (name: string) =>
  JSON.parse(readFileSync(new URL(`../fixtures/${name}.json`, import.meta.url), 'utf8'))
const { file } = temporary(afterAll)
const network = dncnnNetwork(official)

const blind = file('blind.pth', safetensors(seededWeights(network.shapes, 0.9)))
const mat = file('25.mat', gunzipSync(readFileSync(new URL('../fixtures/matconvnet.mat.gz', import.meta.url))))
const open = (path: string, options = {}) => dncnn.open(options, { weights: async () => path })

// A small one, which differs in its number of layers and channels alone.
const small = { layers: 5, width: 8 }
const path = file('small.pth', safetensors(seededWeights(dncnnNetwork(small).shapes, 0.9)))
describe('conformance', () => conformance(dncnnOf(small), test, { weights: { network: path } }))

parity('random weights', () => open(blind), recording('random'), test)
parity('a file of MatConvNet', () => open(mat, { sigma: 25 }), recording('matconvnet'), test)

test('it has the parameters of the authors and their names', () => {
  const sizes = Object.values(network.shapes).map((shape) => shape.reduce((a, b) => a * b, 1))
  expect(sizes.reduce((a, b) => a + b, 0)).toBe(668_227)
  expect(Object.keys(network.shapes).slice(-2)).toEqual(['model.38.weight', 'model.38.bias'])
})

/** The published networks, whose layers are called conv0, conv1 ... there: under the names of KAIR's file the plugin reads them itself. */
for (const [name, source] of [
  ['25', 'dncnn_color_sigma25'],
  ['blind', 'dncnn_GD_Color_Blind'],
] as const) {
  denoising(
    `DnCNN ${name}`,
    `weights/dncnn/${source}.safetensors`,
    async (published) => {
      const names = Object.keys(network.shapes)
      const shapes = names.map(
        (key, i) => [`conv${Math.floor(i / 2)}.${key.split('.')[2]}`, network.shapes[key]!] as const,
      )
      const loaded = await loadStrict(await readCheckpoint(published), new Map(shapes))
      const state = new Map([...loaded.values()].map((value, i) => [names[i]!, value]))
      return purifier(file(`${source}.pth`, safetensors(state)), official, 'cpu')
    },
    recording(`psnr-${name}`),
    test,
  )
}

test('the weights of every level have their own file', () => {
  const files = (['blind', 5, 10, 15, 25, 35, 50] as const).map((sigma) => dncnn.facts({ sigma }).weights['network']!)
  expect(new Set(files.map((weights) => weights.file)).size).toBe(7)
  expect(files[1]!.url).toMatch(/color_sigma=05\.mat$/)
})

test('files of another network, and damaged ones, are refused by name', async () => {
  const other = file('other.pth', safetensors(seededWeights(dncnnNetwork(small).shapes)))
  await expect(open(other)).rejects.toThrow(/other\.pth/)
  const dense = file(
    '24.mat',
    gunzipSync(readFileSync(new URL('../fixtures/matconvnet.mat.gz', import.meta.url))).subarray(0, 90_000),
  )
  await expect(open(dense, { sigma: 25 })).rejects.toThrow(/24\.mat/)
  await expect(dncnnOf(small).open({ sigma: 25 }, { weights: async () => mat })).rejects.toThrow(
    /25\.mat has 20 convolutions, expected 5/,
  )
})

test('without the file it says which and the command that brings it', async () => {
  expect(await withoutWeights(dncnn)).toMatch(/cupel weights pull dncnn_color_blind\.pth/)
})
