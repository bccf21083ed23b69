import { describe, expect, it } from 'vitest'
import { differentiate, Graph, open, tensor } from '../src/index.js'

const side = 7
const feeds = { x: tensor(waves(32 * side * side, 1), [1, 32, side, side]) }

/** Numbers without a pattern in them. */
function waves(length: number, seed: number): Float32Array {
  return Float32Array.from({ length }, (_, index) => Math.sin(seed * 12.9898 + index * 78.233) * 0.5)
}

/** A sum of squares behind a convolution of 32 channels in groups of `inner`. */
function model(inner: number, outputs = 32) {
  const g = new Graph('grouped')
  const x = g.input('x', [1, 32, side, side])
  const weight = g.parameter('weight', tensor(waves(outputs * inner * 9, 2), [outputs, inner, 3, 3]))
  const y = x.conv(weight, g.parameter('bias', tensor(waves(outputs, 3))), { group: 32 / inner, pad: 1 })
  g.output('score', y.mul(y).sum().reshape([]))
  return g.model()
}

const groups = (of: ReturnType<typeof model>) =>
  of.nodes.filter(({ op }) => op === 'Conv').map(({ attributes }) => Number(attributes['group']?.value ?? 1))

describe('narrow groups of a convolution', () => {
  it.each([
    [2, 2],
    [4, 2],
    [8, 2],
  ])('of %i channels are joined into %i, and give the same score and gradient', async (inner, joined) => {
    const wide = differentiate(model(inner), { of: 'score', wrt: 'x' })
    // Weights that are differentiated with respect to are left alone, and with them the groups.
    const narrow = differentiate(model(inner), { of: 'score', wrt: ['x', 'weight'] })
    expect(new Set(groups(wide))).toEqual(new Set([joined]))
    expect(new Set(groups(narrow))).toEqual(new Set([32 / inner]))
    const [ours, theirs] = await Promise.all([wide, narrow].map(async (one) => (await open(one)).run(feeds)))
    expect(Number(ours!['score']!.data[0]) / Number(theirs!['score']!.data[0])).toBeCloseTo(1, 5)
    const [found, expected] = [ours!['grad_x']!.data as Float32Array, theirs!['grad_x']!.data as Float32Array]
    const largest = Math.max(...expected.map(Math.abs))
    expect(largest).toBeGreaterThan(0.1)
    expect(Math.max(...found.map((value, index) => Math.abs(value - expected[index]!)))).toBeLessThan(1e-5 * largest)
  })

  it.each([
    ['of one channel', 1, 32],
    ['of a whole block', 16, 32],
    ['that widen the channels', 8, 64],
  ])('%s stay as they are', (_, inner, outputs) => {
    const derivative = differentiate(model(inner, outputs), { of: 'score', wrt: 'x' })
    expect(new Set(groups(derivative))).toEqual(new Set([32 / inner]))
  })
})
