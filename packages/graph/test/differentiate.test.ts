import { describe, expect, it } from 'vitest'
import {
  type Attribute,
  differentiate,
  float32,
  type Graph,
  GraphError,
  graph,
  type Model,
  type Node,
  open,
  type Tensor,
  tensor,
  type Value,
} from '../src/index.js'

/** The model of y = f(x). */
function modelOf(f: (g: Graph, x: Value) => Value, shape: readonly (number | string)[] = [2, 3]): Model {
  const g = graph('test')
  g.output('y', f(g, g.input('x', shape)))
  return g.model()
}

async function run(model: Model, feeds: Record<string, Tensor>): Promise<Record<string, Tensor>> {
  const session = await open(model)
  try {
    return await session.run(feeds)
  } finally {
    await session.dispose()
  }
}

const caught = (action: () => unknown): GraphError => {
  try {
    action()
  } catch (error) {
    if (error instanceof GraphError) return error
    throw error
  }
  throw new Error('nothing was thrown')
}

const next = (letter: string) => String.fromCharCode(letter.charCodeAt(0) + 1)
const x = tensor([1, -2, 3, -4, 5, -6], [2, 3])

describe('differentiate', () => {
  it('keeps the outputs and adds a gradient for each name', async () => {
    const g = graph()
    const [a, b] = [g.input('a', [3]), g.input('b', [3])]
    g.output('loss', a.mul(b).sum(undefined, { keep: false }))
    g.output('sum', a.add(b))
    const model = differentiate(g.model(), { of: 'loss', wrt: ['a', 'b'] })
    expect(model.outputs.map(({ name }) => name)).toEqual(['loss', 'sum', 'grad_a', 'grad_b'])
    const results = await run(model, { a: tensor([1, 2, 3]), b: tensor([4, 5, 6]) })
    expect([...(results['grad_a']!.data as Float32Array)]).toEqual([4, 5, 6])
    expect([...(results['grad_b']!.data as Float32Array)]).toEqual([1, 2, 3])
    expect(results['loss']).toMatchObject({ shape: [], data: Float32Array.of(32) })
  })

  it('adds up what comes over several paths', async () => {
    const model = modelOf((_, value) => value.mul(value).add(value).sub(value.mul(3)).sum())
    const { grad_x } = await run(differentiate(model, { of: 'y', wrt: 'x' }), { x })
    expect([...(grad_x!.data as Float32Array)]).toEqual([0, -6, 4, -10, 8, -14])
  })

  it('takes the cotangent of an output of any shape as an input', async () => {
    const model = differentiate(
      modelOf((_, value) => value.mul(value)),
      { of: 'y', wrt: 'x', seed: true },
    )
    expect(model.inputs.map(({ name }) => name)).toEqual(['x', 'seed_y'])
    const { grad_x } = await run(model, { x, seed_y: tensor([1, 0, 0, 0, 0, 2], [2, 3]) })
    expect([...(grad_x!.data as Float32Array)]).toEqual([2, -0, 0, -0, 0, -24])
  })

  it('differentiates several outputs as their sum', async () => {
    const g = graph()
    const value = g.input('x', [2])
    g.output('p', value.sum())
    g.output('q', value.mul(value).sum())
    const { grad_x } = await run(differentiate(g.model(), { of: ['p', 'q'], wrt: 'x' }), { x: tensor([3, 4]) })
    expect([...(grad_x!.data as Float32Array)]).toEqual([7, 9])
  })

  it('differentiates with respect to initializers, which folding leaves alone', async () => {
    const model = modelOf(
      (g, value) => {
        const weight = g.parameter('weight', tensor([1, 2], [2, 1, 1, 1]))
        const [scale, shift, mean, variance] = ['scale', 'shift', 'mean', 'variance'].map((name, index) =>
          g.parameter(name, tensor([index + 1, 2])),
        )
        return value.conv(weight).batchNorm(scale!, shift!, mean!, variance!, 0).sum()
      },
      [1, 1, 1, 2],
    )
    const feeds = { x: tensor([1, 2], [1, 1, 1, 2]) }
    const { grad_weight, grad_scale } = await run(differentiate(model, { of: 'y', wrt: ['weight', 'scale'] }), feeds)
    // y = sum over x of scale (weight x - mean) / sqrt(variance) + shift, a channel each
    expect([...(grad_weight!.data as Float32Array)].map((value) => value.toFixed(4))).toEqual([
      (3 / 2).toFixed(4),
      ((2 * 3) / Math.SQRT2).toFixed(4),
    ])
    expect([...(grad_scale!.data as Float32Array)].map((value) => value.toFixed(4))).toEqual([
      ((-2 + -1) / 2).toFixed(4),
      ((0 + 2) / Math.SQRT2).toFixed(4),
    ])
  })

  it.each([3, 12])('differentiates with respect to kernels, small and large: %i x %i', async (side) => {
    const shape = [3, 2, side, side]
    const size = 6 * side * side
    const wave = (length: number, height: number) => Float32Array.from({ length }, (_, i) => height * Math.sin(13 * i))
    const g = graph('test')
    const value = g.input('x', [2, 2, 17, 16])
    g.output('y', value.conv(g.input('w', shape), undefined, { pad: 2 }).tanh().sum())
    const model = differentiate(g.model(), { of: 'y', wrt: ['w'] })
    const at = (w: Float32Array) =>
      run(model, { x: tensor(wave(2 * 2 * 17 * 16, 1), [2, 2, 17, 16]), w: tensor(w, shape) })
    const w = wave(size, 0.1)
    const { grad_w } = await at(w)
    const moved = async (i: number, by: number) =>
      Number((await at(w.map((tap, k) => (k === i ? tap + by : tap)))).y!.data[0])
    for (const i of [0, 5, 17, size - 1]) {
      const slope = ((await moved(i, 0.01)) - (await moved(i, -0.01))) / 0.02
      expect(Math.abs(Number(grad_w!.data[i]) - slope) / (Math.abs(slope) + 0.1)).toBeLessThan(1e-3)
    }
  })

  it('folds batch normalisation into the convolution before it and changes nothing by that', async () => {
    const model = modelOf(
      (g, value) => {
        const weight = g.parameter('weight', tensor([1, 2, -1, 0.5], [2, 2, 1, 1]))
        const bias = g.parameter('bias', tensor([0.25, -1]))
        const [scale, shift, mean, variance] = ['scale', 'shift', 'mean', 'variance'].map((name, index) =>
          g.parameter(name, tensor([index + 1, 0.5])),
        )
        return value.conv(weight, bias).batchNorm(scale!, shift!, mean!, variance!).relu().sum()
      },
      [1, 2, 2, 2],
    )
    const folded = differentiate(model, { of: 'y', wrt: 'x' })
    expect(folded.nodes.map(({ op }) => op)).not.toContain('BatchNormalization')
    const feeds = { x: tensor([1, -2, 3, 4, 0, 1, -1, 2], [1, 2, 2, 2]) }
    const [kept, same] = [await run(model, feeds), await run(folded, feeds)]
    expect(Number(same['y']!.data[0])).toBeCloseTo(Number(kept['y']!.data[0]), 4)
  })

  it('differentiates in half and in double precision', async () => {
    for (const dtype of ['float16', 'float64'] as const) {
      const g = graph()
      const value = g.input('x', [3], dtype)
      g.output('y', value.mul(value).add(1).sqrt().maximum(1.5).sum(undefined, { keep: false }))
      const { grad_x } = await run(differentiate(g.model(), { of: 'y', wrt: 'x' }), {
        x: tensor([0.5, -2, 3], [3], dtype),
      })
      expect(grad_x!.dtype).toBe(dtype)
      const found = float32(grad_x!)
      for (const [index, exact] of [0, -2 / Math.sqrt(5), 3 / Math.sqrt(10)].entries())
        expect(found[index]).toBeCloseTo(exact, 2)
    }
  })

  it('gives zeros where only steps lie in between', async () => {
    const model = modelOf((_, value) => value.op('Floor').add(value.sign()).sum())
    const { grad_x } = await run(differentiate(model, { of: 'y', wrt: 'x' }), { x })
    expect([...(grad_x!.data as Float32Array)]).toEqual([0, 0, 0, 0, 0, 0])
  })

  it('leaves sides open that no rule needs', async () => {
    const model = modelOf(
      (g, value) => {
        const weight = g.parameter(
          'weight',
          tensor(
            Float32Array.from({ length: 18 }, (_, index) => index - 8),
            [2, 1, 3, 3],
          ),
        )
        return value.conv(weight, undefined, { pad: 1 }).relu().add(value).mean()
      },
      ['batch', 1, 'height', 'width'],
    )
    const session = await open(differentiate(model, { of: 'y', wrt: 'x' }))
    for (const shape of [
      [1, 1, 5, 7],
      [3, 1, 4, 4],
    ]) {
      const size = shape.reduce((product, side) => product * side, 1)
      const { grad_x } = await session.run({
        x: tensor(
          Float32Array.from({ length: size }, (_, index) => Math.sin(index)),
          shape,
        ),
      })
      expect(grad_x!.shape).toEqual(shape)
    }
    await session.dispose()
  })

  it('needs rules only for the operators on a path, and names the node and the path where one is missing', () => {
    const model = modelOf((g, value) => {
      const odd = g.op('Det', [g.input('m', [2, 2])])
      return value.sum().add(odd.reshape([1, 1]))
    })
    expect(() => differentiate(model, { of: 'y', wrt: 'x' })).not.toThrow()
    const error = caught(() => differentiate(model, { of: 'y', wrt: 'm' }))
    expect(error.kind).toBe('unsupported')
    expect(error.message).toMatch(/Det node "Det_0".*Det \(Det_0_out\) -> Reshape/)
  })
})

describe('control flow', () => {
  const branch = (op: string, of: string): Attribute => ({
    type: 'graph',
    value: {
      name: op,
      nodes: [{ op, domain: '', name: op, inputs: [of], outputs: [`${op}_y`], attributes: {} }],
      initializers: new Map(),
      inputs: [],
      outputs: [{ name: `${op}_y`, dtype: 'float32' }],
    },
  })

  /** y = 3 * (condition ? exp(x) : neg(x)), with x under another name inside. */
  function choice(condition: (g: Graph, x: Value) => Value): Model {
    return modelOf((g, value) => {
      g.append({ op: 'Identity', domain: '', name: 'other', inputs: [value.name], outputs: ['alias'], attributes: {} })
      const attributes = { then_branch: branch('Exp', 'alias'), else_branch: branch('Neg', 'alias') }
      const inputs = [condition(g, value).name]
      const [chosen] = g.append({ op: 'If', domain: '', name: 'if', inputs, outputs: ['chosen'], attributes })
      return chosen!.mul(3).reshape([6]).sum()
    })
  }

  it('that is decided beforehand is differentiated', async () => {
    const model = choice((g) => g.constant({ dtype: 'bool', shape: [], data: Uint8Array.of(0) }))
    const { grad_x } = await run(differentiate(model, { of: 'y', wrt: 'x' }), { x })
    expect([...(grad_x!.data as Float32Array)]).toEqual([-3, -3, -3, -3, -3, -3])
  })

  /** A loop of `turns` turns around a body that begins with the counter, the condition and a carried value `v`. */
  const loop = (turns: number, nodes: readonly Node[], name = 'loop', inputs = ['x']): Node => {
    const ports = ['i', 'on', 'v'].map((port) => ({ name: `${name}.${port}`, dtype: 'float32' as const }))
    const body: Attribute = {
      type: 'graph',
      value: {
        name,
        nodes,
        initializers: new Map([[`${name}.half`, tensor([0.5], [])]]),
        inputs: ports,
        outputs: [ports[1]!, { name: `${name}.w`, dtype: 'float32' }],
      },
    }
    const outputs = [`${name}.y`]
    return { op: 'Loop', domain: '', name, inputs: [`count${turns}`, '', ...inputs], outputs, attributes: { body } }
  }
  const times = (name: string, input: string, output: string): Node => ({
    op: 'Mul',
    domain: '',
    name: 'times',
    inputs: [input, `${name}.half`],
    outputs: [output],
    attributes: {},
  })
  const looped = (node: Node) =>
    modelOf((g) => {
      for (const turns of [3, 1000]) g.parameter(`count${turns}`, tensor([turns], [], 'int64'))
      return g.append(node)[0]!.sum().reshape([1])
    })

  it('of a known number of turns is written out, each turn with names of its own', async () => {
    const inner = loop(3, [times('inner', 'inner.v', 'inner.w')], 'inner', ['loop.v'])
    const nested = loop(3, [inner, times('loop', 'inner.y', 'loop.w')])
    const model = differentiate(looped(nested), { of: 'y', wrt: 'x' })
    expect(model.nodes.map(({ op }) => op)).not.toContain('Loop')
    const { grad_x } = await run(model, { x })
    expect([...(grad_x!.data as Float32Array)]).toEqual(Array(6).fill(0.5 ** 12))
  })

  it('that would be written out without an end stays, and is an error where a gradient has to go through it', {
    timeout: 120_000,
  }, () => {
    const names = ['a', 'b']
    const deep = names.reduce<Node>(
      (node, name) =>
        loop(1000, [node, times(name, node.outputs[0]!, `${name}.w`)], name, [name === 'b' ? 'x' : `${next(name)}.v`]),
      loop(1000, [times('z', 'z.v', 'z.w')], 'z', ['a.v']),
    )
    expect(caught(() => differentiate(looped(deep), { of: 'y', wrt: 'x' })).kind).toBe('shape')
  })

  it('that depends on data runs, and is an error where a gradient has to go through it', async () => {
    const model = choice((_, value) => value.sum(undefined, { keep: false }).greater(0))
    const { y } = await run(model, { x })
    expect(Number(y!.data[0])).toBeCloseTo(-3 * (1 - 2 + 3 - 4 + 5 - 6))
    expect(caught(() => differentiate(model, { of: 'y', wrt: 'x' })).message).toMatch(/"chosen"/)
  })
})

describe('errors of differentiate', () => {
  const model = modelOf((_, value) => value.mul(2))
  it.each([
    ['an output that is not there', { of: 'z', wrt: 'x' }, 'missing', /no value "z"/],
    ['an input that is not there', { of: 'y', wrt: 'z' }, 'missing', /no value "z"/],
    ['an output of many numbers without a seed', { of: 'y', wrt: 'x' }, 'usage', /\[2,3\].*seed: true/],
  ] as const)('%s', (_, options, kind, message) => {
    const error = caught(() => differentiate(model, options))
    expect(error.kind).toBe(kind)
    expect(error.message).toMatch(message)
  })

  it('an output that does not depend on the input', () => {
    const g = graph()
    g.output('y', g.input('a', []).mul(2))
    g.input('b', [])
    expect(caught(() => differentiate(g.model(), { of: 'y', wrt: 'b' })).message).toMatch(/"y" does not depend on "b"/)
  })

  it('an open side where a rule needs a number', () => {
    const open = modelOf((_, value) => value.averagePool(3).mean(), [1, 1, 'height', 'width'])
    const error = caught(() => differentiate(open, { of: 'y', wrt: 'x' }))
    expect(error.kind).toBe('shape')
    expect(error.message).toMatch(/"x".*\[1,1,height,width\].*give the shapes/)
    expect(() => differentiate(open, { of: 'y', wrt: 'x', shapes: { x: [1, 1, 9, 9] } })).not.toThrow()
  })

  it('shapes that do not fit, when the graph is built', () => {
    const g = graph()
    const value = g.input('x', [1, 3, 8, 8])
    expect(
      caught(() => value.conv(g.parameter('w', tensor(new Float32Array(2 * 4 * 9), [2, 4, 3, 3])))).message,
    ).toMatch(/expected 4 input channels/)
    expect(caught(() => value.add(g.constant([1, 2, 3]))).message).toMatch(/do not broadcast/)
    expect(caught(() => value.reshape([5, -1])).message).toMatch(/cannot reshape/)
    expect(caught(() => g.parameters(new Map())('conv.weight')).message).toMatch(/no tensor "conv.weight"/)
  })
})
