import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type Image, imageOf } from '@cupel/core'
import { afterAll, describe, expect, test } from 'vitest'
import { openModel, packagedModel, runtime, tensorCount } from '../src/index.js'

const folder = mkdtempSync(join(tmpdir(), 'cupel-tfjs-'))
afterAll(() => rmSync(folder, { recursive: true }))

function saved(name: string, json: object, weights: Float32Array): string {
  mkdirSync(join(folder, name))
  writeFileSync(join(folder, name, 'shard.bin'), weights)
  writeFileSync(join(folder, name, 'model.json'), JSON.stringify(json))
  return join(folder, name, 'model.json')
}

const layer = (class_name: string, name: string, from: string | undefined, config: object) => ({
  class_name,
  name,
  config: { name, ...config },
  inbound_nodes: from ? [[[from, 0, 0, {}]]] : [],
})

/** A Keras model: every channel is the mean of the three over 3 x 3 (zeros outside) plus 10 of 255, then every pixel twice in both directions. */
const enlarging = saved(
  'layers',
  {
    format: 'layers-model',
    modelTopology: {
      model_config: {
        class_name: 'Functional',
        config: {
          name: 'enlarging',
          layers: [
            layer('InputLayer', 'in', undefined, { batch_input_shape: [null, null, null, 3], dtype: 'float32' }),
            layer('Conv2D', 'mean', 'in', {
              filters: 3,
              kernel_size: [3, 3],
              strides: [1, 1],
              padding: 'same',
              use_bias: true,
            }),
            layer('UpSampling2D', 'out', 'mean', { size: [2, 2], interpolation: 'nearest' }),
          ],
          input_layers: [['in', 0, 0]],
          output_layers: [['out', 0, 0]],
        },
      },
    },
    weightsManifest: [
      {
        paths: ['shard.bin'],
        weights: [
          { name: 'mean/kernel', shape: [3, 3, 3, 3], dtype: 'float32' },
          { name: 'mean/bias', shape: [3], dtype: 'float32' },
        ],
      },
    ],
  },
  Float32Array.from({ length: 84 }, (_, i) => (i < 81 ? 1 / 27 : 10)),
)

const { width, height } = { width: 29, height: 23 }
const picture = imageOf(width, height, (i) => 0.5 + 0.4 * Math.sin(0.71 * i + 0.05 * (i % 7)))
const at = ({ width, height, data }: Image, c: number, y: number, x: number) =>
  x < 0 || y < 0 || x >= width || y >= height ? 0 : data[(c * height + y) * width + x]!
const expected = imageOf(2 * width, 2 * height, (i) => {
  const [y, x] = [Math.floor(i / (2 * width)) % (2 * height), i % (2 * width)].map((one) => Math.floor(one / 2))
  let sum = 0
  for (const c of [0, 1, 2])
    for (const v of [-1, 0, 1]) for (const h of [-1, 0, 1]) sum += at(picture, c, y! + v, x! + h)
  return sum / 27 + 10 / 255
})
const furthest = (a: Image, b: Image) =>
  a.data.reduce((most, value, i) => Math.max(most, Math.abs(value - b.data[i]!)), 0)
const enlarge = { format: 'layers', white: 255, scale: 2 } as const

test('says which runtime computes, and why none better', async () => {
  const { name, version, passedOver } = await runtime()
  const names = ['tfjs-node-gpu', 'tfjs-node', 'wasm']
  expect(names).toContain(name)
  expect(version).toMatch(/^\d+\.\d+/)
  expect(passedOver.map((one) => one.name)).toEqual(names.slice(0, names.indexOf(name)))
  for (const { reason } of passedOver) expect(reason).toMatch(/npm install|does not load/)
  expect(await runtime()).toBe(await runtime())
})

describe('a Keras model', () => {
  test('computes what it describes, channels and rows in their places', async () => {
    const model = await openModel(enlarging, enlarge)
    const result = await model.run(picture)
    expect(result).toMatchObject({ width: 58, height: 46 })
    expect(furthest(result, expected)).toBeLessThan(1e-5)
    await model.dispose()
  })

  test.each([[{ side: 12, reach: 1 }], [{ side: 25, reach: 3 }], [{ side: 28, reach: 5 }]])(
    'tiles change nothing: %o',
    async (tiles) => {
      const [whole, cut] = [await openModel(enlarging, enlarge), await openModel(enlarging, { ...enlarge, tiles })]
      expect(furthest(await cut.run(picture), await whole.run(picture))).toBeLessThan(1e-6)
      await Promise.all([whole.dispose(), cut.dispose()])
    },
  )

  test('results are within 0..1', async () => {
    const model = await openModel(enlarging, { ...enlarge, white: 20 })
    const { data } = await model.run(imageOf(8, 8, () => 0.9))
    expect(Math.max(...data)).toBe(1)
    await model.dispose()
  })

  test('no tensor is left: after runs the weights, after disposing nothing', async () => {
    const before = await tensorCount()
    const model = await openModel(enlarging, { ...enlarge, tiles: { side: 12, reach: 1 } })
    expect(await tensorCount()).toBe(before + 2)
    await Promise.all([model.run(picture), model.run(picture)])
    expect(await tensorCount()).toBe(before + 2)
    await model.dispose()
    await model.dispose()
    expect(await tensorCount()).toBe(before)
  })

  test('a result that no array holds is refused before it is made', async () => {
    const model = await openModel(enlarging, { ...enlarge, scale: 20_000, tiles: { side: 8, reach: 1 } })
    await expect(model.run(picture)).rejects.toMatchObject({
      name: 'Unavailable',
      message: expect.stringMatching(/580000 x 460000 pixels, expected at most 715,827,882; enlarge less/),
    })
    await model.dispose()
  })

  test('it stops between tiles when it is aborted', async () => {
    const model = await openModel(enlarging, { ...enlarge, tiles: { side: 8, reach: 1 } })
    const stop = new AbortController()
    const running = model.run(picture, stop.signal)
    setImmediate(() => stop.abort(new Error('enough')))
    await expect(running).rejects.toThrow('enough')
    await model.dispose()
  })
})

test('a TensorFlow graph runs on sides that are continued by mirroring to a multiple', async () => {
  const graph = {
    format: 'graph-model',
    modelTopology: {
      node: [
        {
          name: 'x',
          op: 'Placeholder',
          attr: { dtype: { type: 'DT_FLOAT' }, shape: { shape: { unknownRank: true } } },
        },
        { name: 'axes', op: 'Const', attr: { dtype: { type: 'DT_INT32' } } },
        { name: 'y', op: 'Mean', input: ['x', 'axes'], attr: { keep_dims: { b: true }, T: { type: 'DT_FLOAT' } } },
        { name: 'spread', op: 'Sub', input: ['x', 'y'], attr: { T: { type: 'DT_FLOAT' } } },
        { name: 'z', op: 'Sub', input: ['x', 'spread'], attr: { T: { type: 'DT_FLOAT' } } },
      ],
      versions: { producer: 1 },
    },
    weightsManifest: [{ paths: ['shard.bin'], weights: [{ name: 'axes', shape: [2], dtype: 'int32' }] }],
  }
  const path = saved('graph', graph, new Float32Array(Int32Array.from([1, 2]).buffer))
  const model = await openModel(path, { format: 'graph', white: 1, multiple: 8 })
  // The mean of each channel over the mirrored image, at every pixel: 5 columns become 0 1 2 3 4 3 2 1, 8 rows stay.
  const ramp = imageOf(5, 8, (i) => (i % 5) / 10 + Math.floor(i / 40) / 5)
  const { data, ...size } = await model.run(ramp)
  expect(size).toEqual({ width: 5, height: 8 })
  for (const [i, value] of data.entries()) expect(value).toBeCloseTo(0.2 + Math.floor(i / 40) / 5, 5)
  await model.dispose()
})

test('a file that is no model, and a device that is not there, are refused', async () => {
  await expect(openModel(saved('bad', { weightsManifest: [] }, new Float32Array(1)), enlarge)).rejects.toThrow(
    /cannot open .*model\.json as a layers model/,
  )
  await expect(openModel(join(folder, 'nowhere.json'), enlarge)).rejects.toThrow(/nowhere\.json/)
  await expect(openModel(enlarging, { ...enlarge, device: 'webgpu' })).rejects.toThrow(/webgpu/)
  if ((await runtime()).name !== 'tfjs-node-gpu') {
    await expect(openModel(enlarging, { ...enlarge, device: 'cuda' })).rejects.toThrow(/tfjs-node-gpu/)
  }
})

test('a model of an npm package is found wherever its exports lie, and one that is not installed is told', () => {
  const home = join(folder, 'node_modules', '@models', 'toy')
  mkdirSync(join(home, 'dist', 'deep'), { recursive: true })
  writeFileSync(join(home, 'package.json'), JSON.stringify({ name: '@models/toy', main: './dist/deep/index.js' }))
  writeFileSync(join(home, 'dist', 'deep', 'index.js'), '')
  const from = pathToFileURL(join(folder, 'plugin.js')).href
  expect(packagedModel('@models/toy', 'x2', from)).toBe(join(realpathSync(home), 'models', 'x2', 'model.json'))
  expect(() => packagedModel('@models/other', '', from)).toThrow(/@models\/other.*npm install @models\/other/)
})
