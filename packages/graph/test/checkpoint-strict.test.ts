import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { CheckpointError, loadStrict, readCheckpoint } from '@cupel/graph/checkpoint'
import { describe, expect, test } from 'vitest'
import { part } from '../src/tensor.js'

const fixture = (name: string) => fileURLToPath(new URL(`../fixtures/checkpoint/${name}`, import.meta.url))
const open = (name: string) => readCheckpoint(fixture(name))

const state = {
  '0.weight': [2, 1, 3, 3],
  '0.bias': [2],
  '1.weight': [2],
  '1.bias': [2],
  '1.running_mean': [2],
  '1.running_var': [2],
}

async function failure(work: Promise<unknown>): Promise<CheckpointError> {
  const error = await work.then(
    () => undefined,
    (error: unknown) => error,
  )
  expect(error).toBeInstanceOf(CheckpointError)
  return error as CheckpointError
}

describe('loadStrict', () => {
  test('reads what is expected, in that order, and needs no counters of training steps', async () => {
    const tensors = await loadStrict(await open('state.pt'), state)
    expect([...tensors.keys()]).toEqual(Object.keys(state))
    expect(tensors.get('0.weight')).toMatchObject({ dtype: 'float32', shape: [2, 1, 3, 3] })
    expect([...tensors.get('1.running_var')!.data]).toEqual([1, 1])
  })

  test('takes a map of shapes too', async () => {
    expect((await loadStrict(await open('state-legacy.pt'), new Map(Object.entries(state)))).size).toBe(6)
  })

  test('converts half floats and doubles to float32', async () => {
    const shapes = { float16: [5], bfloat16: [4], float64: [3], scalar: [], empty: [0, 3] }
    const checkpoint = await open('types.pt')
    const ignore = (key: string) => !(key in shapes)
    const tensors = await loadStrict(checkpoint, shapes, { ignore })
    expect([...tensors.get('float16')!.data]).toEqual([1, -2.5, 2 ** -24, 65504, 3])
    const double = (await checkpoint.tensors.get('float64')!.read()).data as Float64Array
    expect(tensors.get('float64')!.data).toEqual(Float32Array.from(double))
    expect(tensors.get('empty')!.data.length).toBe(0)
  })

  test("an optimizer's state beside the model is not read", async () => {
    const average = (await open('training.pt')).at('optimizer', 'state', 0).tensors.get('exp_avg')!
    const elements = Buffer.from((await average.read()).data.buffer as ArrayBuffer)
    const bytes = readFileSync(fixture('training.pt'))
    // Damage that a checksum finds as soon as it is looked at.
    bytes[bytes.indexOf(elements)]! ^= 1
    const path = join(tmpdir(), `cupel-strict-${process.pid}.pt`)
    writeFileSync(path, bytes)
    try {
      const checkpoint = await readCheckpoint(path)
      expect((await loadStrict(checkpoint.at('state_dict'), { weight: [2, 3], bias: [2] })).size).toBe(2)
      const damaged = checkpoint.at('optimizer', 'state', 0).tensors.get('exp_avg')!
      await expect(damaged.read()).rejects.toThrow(/the checksum of its entry training\/data\/\d is wrong/)
    } finally {
      rmSync(path)
    }
  })

  test('tied tensors are read once', async () => {
    const checkpoint = await open('strided.pt')
    const shapes = Object.fromEntries([...checkpoint.tensors].map(([key, { shape }]) => [key, shape]))
    const tensors = await loadStrict(checkpoint, shapes)
    expect(tensors.get('tied')).toBe(tensors.get('whole'))
    expect(tensors.get('transposed')).not.toBe(tensors.get('whole'))
  })

  test('takes `module.` off where all keys have it, and a prefix that is asked for', async () => {
    const weights = (await open('training.pt')).at('state_dict')
    expect([...(await loadStrict(weights, { weight: [2, 3], bias: [2] })).keys()]).toEqual(['weight', 'bias'])
    const kept = await loadStrict(weights, { 'module.weight': [2, 3], 'module.bias': [2] }, { prefix: '' })
    expect(kept.size).toBe(2)
    const all = await open('hand.safetensors')
    const some = await loadStrict(
      all,
      { F32: [2, 3], scalar: [] },
      { prefix: 'layer.', ignore: (key) => /^[A-Zempty]+\d*$/.test(key) },
    )
    expect([...some.get('F32')!.data]).toEqual([0, 1, 2, 3, 4, 5])
  })

  test('names all that is missing, unexpected and mis-shaped in one error', async () => {
    const { '1.bias': _, ...fewer } = state
    const error = await failure(
      loadStrict(await open('state.pt'), { ...fewer, '0.bias': [3], '2.weight': [4], '2.bias': [4] }),
    )
    expect(error.message).toBe(
      `${fixture('state.pt')}: its 7 tensors are not the 7 expected ones; ` +
        'this is a checkpoint of another version or configuration of the network\n' +
        '  missing (2):\n    2.weight\n    2.bias\n' +
        '  unexpected (1):\n    1.bias\n' +
        '  of another shape (1):\n    0.bias is [2], expected [3]',
    )
    expect(error).toMatchObject({ kind: 'shape', path: fixture('state.pt') })
  })

  test('integers are no weights', async () => {
    const error = await failure(loadStrict(await open('types.pt'), { int64: [2] }, { ignore: () => true }))
    expect(error.message).toContain('no floating-point numbers (1):\n    int64 is int64')
  })

  test('says that it is a checkpoint of another network, and which keys tell', async () => {
    const error = await failure(loadStrict(await open('state.pt'), { 'conv1.weight': [2, 1, 3, 3], 'fc.bias': [1] }))
    expect(error.message).toMatch(/of another network \(only 0 keys agree\); its own keys begin 0\.weight, 0\.bias, /)
  })

  test('says where the expected keys are when they are one level down', async () => {
    const error = await failure(loadStrict(await open('training.pt'), { weight: [2, 3], bias: [2] }))
    expect(error.message).toContain('the expected keys are below state_dict: read that part with .at(...)')
  })

  test('says what there is when there are no tensors', async () => {
    const error = await failure(loadStrict((await open('training.pt')).at('args'), { weight: [2] }))
    expect(error.message).toContain(
      'it holds no tensors here: it is an instance of argparse.Namespace with lr, name, sizes',
    )
  })
})

test('a large tensor stays in its file, and says so when that is not there any more', async () => {
  const shape = [3, 100_003]
  const values = Float32Array.from({ length: 300_009 }, (_, index) => index / 7)
  const header = JSON.stringify({ w: { dtype: 'F32', shape, data_offsets: [0, values.byteLength] } })
  const length = Buffer.alloc(8)
  length.writeUInt32LE(header.length)
  const path = join(tmpdir(), `cupel-large-${process.pid}.safetensors`)
  writeFileSync(path, Buffer.concat([length, Buffer.from(header), Buffer.from(values.buffer)]))
  const weight = (await loadStrict(await readCheckpoint(path), { w: shape })).get('w')!
  expect(Buffer.from(weight.data.buffer).equals(Buffer.from(values.buffer))).toBe(true)
  expect(part(weight, 7, 11)).toEqual(values.subarray(7, 11))
  const [once, again] = [weight.data, weight.data]
  expect(once === again).toBe(false)
  rmSync(path)
  expect(() => weight.data).toThrow(/cupel-large.*went away/)
})
