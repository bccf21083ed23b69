import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Inert, readCheckpoint, type StoredTensor } from '@cupel/graph/checkpoint'
import { describe, expect, test } from 'vitest'

const fixture = (name: string) => fileURLToPath(new URL(`../fixtures/checkpoint/${name}`, import.meta.url))

describe('NumPy files', () => {
  test.each(['stored.npz', 'deflated.npz'])(
    '%s: arrays of unknown kinds are records beside the others',
    async (name) => {
      const checkpoint = await readCheckpoint(fixture(name))
      expect(checkpoint.at('complex').value).toEqual(new Inert('a NumPy array of <c8'))
      expect(checkpoint.at('text').value).toBeInstanceOf(Inert)
    },
  )

  test('the one array of a .npy file is the value itself', async () => {
    const stored = (await readCheckpoint(fixture('fortran.npy'))).value as StoredTensor
    expect(await stored.read()).toEqual({
      dtype: 'float32',
      shape: [2, 3],
      data: Float32Array.from([0, 1, 2, 3, 4, 5]),
    })
  })
})

test('a .npy file of objects is the list of them', async () => {
  const checkpoint = await readCheckpoint(fixture('objects.npy'))
  expect(checkpoint.keys).toEqual([0, 1, 2])
  expect((await checkpoint.tensors.get('1')!.read()).data).toEqual(Float32Array.of(7.5))
  expect(checkpoint.at(2).value).toBe('text')
})

describe('MATLAB files', () => {
  test.each(['plain.mat', 'packed.mat'])('%s: text, structs, cells and what is no array', async (name) => {
    const checkpoint = await readCheckpoint(fixture(name))
    expect(checkpoint.at('text').value).toBe('ré€')
    expect(checkpoint.at('lines').value).toEqual(['ab', 'cd'])
    expect(checkpoint.at('cell', 1).value).toBe('text')
    expect(checkpoint.at('net').keys).toEqual(['weight', 'inner'])
    expect(checkpoint.at('layers').keys).toEqual([0, 1])
    expect(checkpoint.at('complex').value).toEqual(new Inert('a complex MATLAB array'))
    expect(checkpoint.at('sparse').value).toEqual(new Inert('a MATLAB array of class 5'))
  })
})

describe('OpenCV files', () => {
  test('values that YAML itself would not read', async () => {
    const checkpoint = await readCheckpoint(fixture('matrices.yml'))
    const odd = checkpoint.at('odd').value as StoredTensor
    expect((await odd.read()).data).toEqual(
      Float64Array.of(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY),
    )
    expect(checkpoint.at('name').value).toBe('a "quoted" { text:1 }')
    expect(checkpoint.at('short', 'epsilon').numbers()).toEqual([0.001])
    expect(checkpoint.at('count').numbers()).toEqual([3])
  })

  test('a support vector machine', async () => {
    const { vectors, rho, alpha } = JSON.parse(readFileSync(fixture('svm.json'), 'utf8'))
    const model = (await readCheckpoint(fixture('svm.yml'))).at('opencv_ml_svm')
    expect(
      model.at('support_vectors').keys.map((i) => model.at('support_vectors', i).numbers().map(Math.fround)),
    ).toEqual(vectors)
    const decision = model.at('decision_functions', 0)
    expect(decision.at('rho').numbers()).toEqual([rho])
    expect(decision.at('alpha').numbers()).toEqual(alpha)
    expect(model.at('term_criteria', 'iterations').value).toBe(1000)
  })
})
