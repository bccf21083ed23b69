import { readFileSync } from 'node:fs'
import { imageOf } from '@cupel/core'
import { conformance } from '@cupel/core/conformance'
import { denoising, parity, safetensors, seededWeights, temporary, withoutWeights } from '@cupel/defence-parity'
import type { Tensor } from '@cupel/graph'
import { loadStrict, readCheckpoint } from '@cupel/graph/checkpoint'
import { afterAll, describe, expect, test } from 'vitest'
import ffdnet, { ffdnetOf } from '../src/index.js'
import { ffdnetNetwork, official } from '../src/network.js'
import { purifier } from '../src/purifier.js'

const recording = (name: string) =>
  JSON.parse(readFileSync(new URL(`../fixtures/${name}.json`, import.meta.url), 'utf8'))
const { file } = temporary(afterAll)
const network = ffdnetNetwork(official, 25)
const random = file('random.pth', safetensors(seededWeights(network.shapes, 0.9)))
const open = (path: string, options = {}) => ffdnet.open(options, { weights: async () => path })

// A small one, which differs in its number of layers and channels alone.
const small = { layers: 4, width: 16 }
const path = file('small.pth', safetensors(seededWeights(ffdnetNetwork(small, 15).shapes, 0.5)))
describe('conformance', () => conformance(ffdnetOf(small), test, { weights: { network: path } }))

parity('random weights', () => open(random), recording('random'), test)

test('it has the parameters of the authors and their names', () => {
  const sizes = Object.values(network.shapes).map((shape) => shape.reduce((a, b) => a * b, 1))
  expect(sizes.reduce((a, b) => a + b, 0)).toBe(852_108)
  expect(Object.keys(network.shapes).slice(-2)).toEqual(['model.22.weight', 'model.22.bias'])
})

/** Takes blocks of 2 x 2 that were kept column by column, as in the authors' first release, row by row. */
function rowByRow({ shape, data }: Tensor<'float32'>, axis: 0 | 1): Tensor<'float32'> {
  const turned = data.slice()
  const [outer, inner] = axis === 0 ? [1, data.length / shape[0]!] : [shape[0]!, data.length / shape[0]! / shape[1]!]
  for (let block = 0; block < 12; block += 4) {
    for (let i = 0; i < outer; i++) {
      for (const [to, from] of [
        [1, 2],
        [2, 1],
      ] as const) {
        const start = (i * shape[axis]! + block + from) * inner
        turned.set(data.subarray(start, start + inner), (i * shape[axis]! + block + to) * inner)
      }
    }
  }
  return { dtype: 'float32', shape, data: turned }
}

denoising(
  'FFDNet',
  'weights/ffdnet/ffdnet_color.safetensors',
  async (published) => {
    const names = Object.keys(network.shapes)
    const shapes = names.map(
      (key, i) => [`conv${Math.floor(i / 2)}.${key.split('.')[2]}`, network.shapes[key]!] as const,
    )
    const loaded = await loadStrict(await readCheckpoint(published), new Map(shapes))
    const state = new Map([...loaded.values()].map((value, i) => [names[i]!, value]))
    state.set('model.0.weight', rowByRow(state.get('model.0.weight')!, 1))
    for (const name of ['model.22.weight', 'model.22.bias']) state.set(name, rowByRow(state.get(name)!, 0))
    return purifier(file('published.pth', safetensors(state)), official, 25, 'cpu')
  },
  recording('psnr'),
  test,
)

test('the level of noise that it is told of changes the result', async () => {
  const image = imageOf(32, 24, (i) => ((i * 37) % 101) / 101)
  const results = await Promise.all([0, 40].map(async (sigma) => (await open(random, { sigma })).purify(image)))
  expect(results[0]!.data).not.toEqual(results[1]!.data)
})

test('the file of another network is refused by name, as is a level that it was not trained for', async () => {
  const other = file('other.pth', safetensors(seededWeights(ffdnetNetwork(small, 0).shapes)))
  await expect(open(other)).rejects.toThrow(/other\.pth/)
  expect(() => ffdnet({ sigma: 80 })).toThrow(/ffdnet.*sigma/)
})

test('without the file it says which and the command that brings it', async () => {
  expect(await withoutWeights(ffdnet)).toMatch(/cupel weights pull ffdnet_color\.pth/)
})
