import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Inert, readCheckpoint, type StoredTensor } from '@cupel/graph/checkpoint'
import { describe, expect, test } from 'vitest'
import { float32 } from '../src/tensor.js'

const fixture = (name: string) => fileURLToPath(new URL(`../fixtures/checkpoint/${name}`, import.meta.url))

/** What PyTorch, NumPy, SciPy and OpenCV say is in the fixtures. */
const expected = JSON.parse(readFileSync(fixture('expected.json'), 'utf8')) as Record<
  string,
  Record<string, { dtype: string; shape: number[]; data: (number | boolean)[] }>
>

async function values(stored: StoredTensor): Promise<number[]> {
  const tensor = await stored.read()
  const data = tensor.dtype.endsWith('float16') ? float32(tensor) : tensor.data
  return Array.from(data as ArrayLike<number | bigint>, Number)
}

describe('every fixture holds what the library that wrote it says', () => {
  test.each(Object.entries(expected))('%s', async (name, tensors) => {
    const checkpoint = await readCheckpoint(fixture(name))
    expect(Object.keys(tensors).length).toBeGreaterThan(0)
    for (const [key, { dtype, shape, data }] of Object.entries(tensors)) {
      const stored = checkpoint.tensors.get(key)
      expect(stored, `${key} among ${[...checkpoint.tensors.keys()]}`).toBeDefined()
      expect([key, stored!.dtype, stored!.shape]).toEqual([key, dtype, shape])
      expect([key, await values(stored!)]).toEqual([key, data.map(Number)])
    }
  })

  test('and no fixture is left out', () => {
    const files = readdirSync(fixture('.')).filter((name) => !/^evil-|^svm|^\.|\.(py|json)$/.test(name))
    expect(Object.keys(expected).sort()).toEqual(files.sort())
  })
})

test.each([
  ['state.pt', 'torch'],
  ['script.pt', 'torch'],
  ['state-legacy.pt', 'torch-legacy'],
  ['plain4.pickle', 'pickle'],
  ['hand.safetensors', 'safetensors'],
  ['stored.npz', 'npz'],
  ['c.npy', 'npy'],
  ['packed.mat', 'mat'],
  ['matrices.yml', 'opencv'],
])('%s is recognised by its content', async (name, format) => {
  expect((await readCheckpoint(fixture(name))).format).toBe(format)
})

describe('PyTorch files', () => {
  test.each(['module.pt', 'module-legacy.pt'])(
    '%s names its tensors as state_dict() does, and no others',
    async (name) => {
      const checkpoint = await readCheckpoint(fixture(name))
      expect([...checkpoint.tensors.keys()].sort()).toEqual(Object.keys(expected[name]!).sort())
      expect((checkpoint.value as Inert).type).toBe('__main__.Net')
      expect((checkpoint.at('features', '0').value as Inert).type).toBe('torchvision.models.resnet.BasicBlock')
      expect(checkpoint.at('features', '0').tensors.get('bn1.running_var')?.shape).toEqual([2])
      // An attribute that is a function is its name.
      expect((checkpoint.at('activation').value as Inert).type).toBe('torch.nn.functional.relu')
    },
  )

  test('nested dicts are reached by key, and what is no tensor is a plain value', async () => {
    const checkpoint = await readCheckpoint(fixture('training.pt'))
    expect(checkpoint.at('k').numbers()).toEqual([1.5, 2.5, -0.5])
    expect(checkpoint.at('b').numbers()).toEqual([0.25, 4, 0.001])
    expect(checkpoint.at('epoch').numbers()).toEqual([3])
    expect(checkpoint.at('best').value).toBe(0.875)
    expect(checkpoint.at('huge').value).toBe(2n ** 70n)
    expect(checkpoint.at('size').value).toEqual([2, 3])
    expect(checkpoint.at('args', 'name').value).toBe('ré')
    expect(checkpoint.at('args', 'sizes').numbers()).toEqual([1, 2])
    expect(await values(checkpoint.at('history').value as StoredTensor)).toEqual([0, 1, 2, 3, 4, 5])
    expect(checkpoint.at('optimizer', 'state', 0).tensors.get('exp_avg')?.shape).toEqual([2, 3])
    expect(checkpoint.at('optimizer', 'param_groups', 0, 'betas').numbers()).toEqual([0.9, 0.999])
    expect([...checkpoint.at('state_dict').tensors.keys()]).toEqual(['module.weight', 'module.bias'])
  })

  test.each(['types.pt', 'types-legacy.pt'])(
    '%s: tensors of unknown kinds are records beside the others',
    async (name) => {
      const checkpoint = await readCheckpoint(fixture(name))
      for (const key of ['complex64', 'sparse', 'quantized']) {
        expect(checkpoint.at(key).value).toBeInstanceOf(Inert)
        expect(checkpoint.tensors.has(key)).toBe(false)
      }
    },
  )

  test.each([0, 1, 2, 3, 4, 5])('a plain pickle of protocol %i', async (protocol) => {
    const checkpoint = await readCheckpoint(fixture(`plain${protocol}.pickle`))
    expect(checkpoint.at('tuple').value).toEqual([1, -2.5, null])
    expect(checkpoint.at('text').value).toBe('ré\n€')
    expect(checkpoint.at('complex').value).toBeInstanceOf(Inert)
  })

  test('a key that is not there is answered with those that are', async () => {
    const checkpoint = await readCheckpoint(fixture('training.pt'))
    expect(() => checkpoint.at('model')).toThrow(/training\.pt: there is no "model"; there are epoch, k, b, best, /)
    expect(() => checkpoint.at('optimizer', 'step')).toThrow(
      /there is no "step" in optimizer; there are state, param_groups/,
    )
    expect(() => checkpoint.at('state_dict').numbers()).toThrow(
      /"state_dict" is a dict of 2; expected a list of numbers/,
    )
  })
})
