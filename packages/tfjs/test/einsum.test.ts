import type { Tensor } from '@tensorflow/tfjs'
import { expect, test } from 'vitest'
import { einsum } from '../src/einsum.js'
import { loaded } from '../src/runtime.js'

const { tf } = await loaded()
const sizes: Readonly<Record<string, number>> = { a: 2, b: 3, c: 4, d: 5, e: 2, f: 3, g: 6 }

/** A tensor of as many dimensions as letters, no two of its values alike. */
function tensor(letters: string, seed: number): Tensor {
  const shape = [...letters].map((k) => sizes[k]!)
  const length = shape.reduce((all, side) => all * side, 1)
  return tf.tensor(
    Array.from({ length }, (_, i) => Math.sin(seed + 0.7 * i + 0.01 * i * i)),
    shape,
  )
}

/** Adds up the products of all values, one by one. */
function added(equation: string, x: Tensor, y: Tensor): number[] {
  const [first, second, result] = equation.split(/,|->/) as [string, string, string]
  const letters = [...new Set(first + second)]
  const at: Record<string, number> = {}
  const place = (term: string) => [...term].reduce((index, k) => index * sizes[k]! + at[k]!, 0)
  const [xs, ys] = [x.dataSync(), y.dataSync()]
  const out = new Array<number>([...result].reduce((all, k) => all * sizes[k]!, 1)).fill(0)
  const walk = (depth: number): void => {
    if (depth === letters.length) {
      out[place(result)]! += xs[place(first)]! * ys[place(second)]!
      return
    }
    for (let i = 0; i < sizes[letters[depth]!]!; i++) {
      at[letters[depth]!] = i
      walk(depth + 1)
    }
  }
  walk(0)
  return out
}

test.each([
  'abcg,gf->abcf',
  'gb,cgef->bcef',
  'abgd,gf->abdf',
  'abg,agf->abf',
  'agb,gfa->fab',
  'ab,cd->cadb',
  'ab,bc->abc',
  'ag,ga->',
])('%s is the sum of the products', (equation) => {
  const [first, second] = equation.split(/,|->/) as [string, string]
  const [x, y] = [tensor(first, 1), tensor(second, 2)]
  const expected = added(equation, x, y)
  const before = tf.memory().numTensors
  const found = einsum(tf, equation, x, y)
  expect(tf.memory().numTensors).toBe(before + 1)
  expect(found.shape).toEqual([...equation.split('->')[1]!].map((k) => sizes[k]))
  for (const [i, value] of found.dataSync().entries()) expect(value).toBeCloseTo(expected[i]!, 5)
  // So a model has it, whatever the runtime.
  const own = tf.einsum(equation, x, y)
  for (const [i, value] of own.dataSync().entries()) expect(value).toBeCloseTo(expected[i]!, 5)
  tf.dispose([found, own, x, y])
})

test.each(['ab,bc->a', 'ab,bc->acd'])('%s, which is another sum or none, is refused', (equation) => {
  const [x, y] = [tensor('ab', 1), tensor('bc', 2)]
  expect(() => einsum(tf, equation, x, y)).toThrow(`Einsum of ${equation} is no product of two`)
  tf.dispose([x, y])
})
