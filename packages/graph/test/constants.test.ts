import { describe, expect, it } from 'vitest'
import {
  type DType,
  differentiate,
  type Graph,
  graph,
  type Model,
  open,
  type Tensor,
  tensor,
  type Value,
} from '../src/index.js'

async function run(model: Model, feeds: Record<string, Tensor>): Promise<Record<string, Tensor>> {
  const session = await open(model)
  try {
    return await session.run(feeds)
  } finally {
    await session.dispose()
  }
}

const wave = (shape: readonly number[], dtype: DType = 'float32', phase = 0): Tensor => {
  const size = shape.reduce((product, side) => product * side, 1)
  return tensor(
    Array.from({ length: size }, (_, index) => Math.sin(1.7 * index + phase) + 0.1),
    shape,
    dtype,
  )
}
const weight = wave([2, 3, 4])
const ops = (model: Model) => model.nodes.map(({ op }) => op)
const ints = (g: Graph, ...values: number[]) => g.constant(values, 'int64')

/** What exporters leave of a weight `w` [2, 3, 4], before it meets the image. */
const formulas: Readonly<Record<string, (g: Graph, w: Value) => Value>> = {
  'Abs, Sqrt, Log': (_, w) => w.abs().add(0.5).sqrt().log(),
  'Exp, Neg, Reciprocal': (_, w) => w.exp().neg().reciprocal(),
  'Sigmoid, Tanh, Softplus, Relu': (_, w) => w.sigmoid().tanh().add(w.softplus()).add(w.relu()),
  'Sin, Cos, Sign': (_, w) => w.op('Sin').mul(w.op('Cos')).add(w.sign()),
  'Floor, Ceil': (_, w) => w.mul(3).op('Floor').add(w.op('Ceil')),
  'Sub, Div, Pow with broadcasting': (g, w) =>
    w
      .sub(w.mean([0, 2]))
      .div(w.max([1]))
      .pow(g.constant(3)),
  'Max, Min, Sum, Mean of three': (g, w) => {
    const [a, b] = [w.neg(), w.mean([2])]
    const all = ['Max', 'Min', 'Sum', 'Mean'].map((op) => g.op(op, [w, a, b]))
    return all.reduce((sum, value) => sum.add(value))
  },
  'Clip on both sides, on one': (_, w) => w.clip(-0.4, 0.6).add(w.op('Clip', [undefined, 0.2])),
  'comparisons and Where': (g, w) =>
    w
      .greater(0.3)
      .op('Or', [w.less(-0.3).op('And', [w.op('LessOrEqual', [0.9])])])
      .op('Not')
      .where(w, g.constant(2))
      .add(w.op('GreaterOrEqual', [0.5]).cast('float32'))
      .add(w.equal(w.max([0])).cast('float32')),
  'reductions, kept and dropped': (_, w) =>
    ['ReduceSum', 'ReduceMean', 'ReduceMax', 'ReduceMin', 'ReduceProd', 'ReduceL1', 'ReduceL2', 'ReduceSumSquare']
      .map((op) => w.op(op, [ints(w.graph, 0, -1)], { keepdims: 0 }).add(w.op(op)))
      .reduce((sum, value) => sum.add(value)),
  Transpose: (_, w) => w.transpose([2, 0, 1]).add(w.op('Transpose').transpose([0, 2, 1])),
  'Reshape, Flatten, Squeeze, Unsqueeze': (g, w) =>
    w
      .reshape([4, -1])
      .flatten(0)
      .unsqueeze([-1])
      .op('Squeeze', [ints(g, 0)])
      .reshape([0, 1, 1]),
  'Expand, Tile': (g, w) =>
    w
      .slice([1], [1], [2])
      .expand([2, 5, 4])
      .op('Tile', [ints(g, 2, 1, 3)]),
  'Slice with steps and backwards': (_, w) => w.slice([1, 2], [-1, 0], [-99, 99], [-2, 3]).flip([0]),
  'Gather, also from behind': (g, w) => w.gather(1, g.constant(tensor([0, -1, 1, 1], [2, 2], 'int64'))),
  'Concat, Split': (g, w) => {
    const parts = g.ops('Split', [w, ints(g, 1, 3)], { axis: 2 }, 2)
    return g.concat([parts[1]!, w, parts[0]!], -1)
  },
  'Split in parts that are not equal': (g, w) => g.ops('Split', [w], { axis: -1, num_outputs: 3 }, 2)[1]!,
  'MatMul of matrices and vectors': (_, w) => {
    const matrix = w.reshape([6, 4])
    return matrix.matmul(w.reshape([4, 6])).matmul(w.reshape([24]).slice([0], [3], [9]))
  },
  'ConstantOfShape, Range, Cast': (g, w) => {
    const filled = g.op('ConstantOfShape', [ints(g, 5, 20)], { value: tensor([3], [1], 'int64') }).cast('float32')
    const [from, to, step] = [1, 21, 1].map((value) => g.constant(value, 'int64'))
    return filled.mul(g.op('Range', [from!, to!, step!]).cast('float32')).add(w.mean())
  },
  'integer arithmetic': (g, w) => {
    const whole = w.mul(9).cast('int64')
    const [three, two] = [g.constant(3, 'int64'), g.constant(2, 'int64')]
    return whole.div(three).mul(two).sub(three).cast('int32').cast('bool').cast('float32').add(whole.cast('float32'))
  },
  'half precision': (_, w) => w.cast('float16').mul(3).add(0.25).cast('float32'),
  'double precision': (_, w) => w.cast('float64').div(3).cast('float32'),
  'weight standardisation': (_, w) => {
    const even = w.sub(w.mean([1, 2]))
    return even.div(even.mul(even).mean([1, 2]).add(1e-5).sqrt())
  },
}

describe('what only constants decide is computed before differentiation', () => {
  it.each(Object.entries(formulas))('%s', async (title, formula) => {
    /** y = x * f(w), where w is a constant or an input: then it has to be computed when the model runs. */
    const build = (constant: boolean) => {
      const g = graph()
      const factor = formula(g, constant ? g.parameter('w', weight) : g.input('w', weight.shape))
      g.output('y', g.input('x', factor.sides()).mul(factor))
      return { model: g.model(), sides: factor.sides() }
    }
    const { model, sides } = build(true)
    const folded = differentiate(model, { of: 'y', wrt: 'x', seed: true })
    expect(ops(folded).filter((op) => op !== 'Identity')).toEqual(['Mul', 'Mul'])
    const feeds = { x: wave(sides, 'float32', 1), seed_y: wave(sides, 'float32', 2) }
    const found = await run(folded, feeds)
    const expected = await run(differentiate(build(false).model, { of: 'y', wrt: 'x', seed: true }), {
      ...feeds,
      w: weight,
    })
    for (const name of ['y', 'grad_x']) {
      const wanted = expected[name]!.data as Float32Array
      const largest = Math.max(1, ...wanted.map(Math.abs))
      const most = (title === 'half precision' ? 1e-3 : 2e-6) * largest
      wanted.forEach((value, index) => {
        expect(Math.abs(Number(found[name]!.data[index]) - value)).toBeLessThan(most)
      })
    }
  })

  it('sizes too, and what further constants they decide', async () => {
    // Pads as PyTorch writes them: a list of pairs from the last axis on, turned around by a Slice and a Transpose.
    const g = graph()
    const x = g.input('x', [1, 1, 'height', 'width'])
    const rank = x.op('Shape').op('Shape')
    const zeros = g.op('ConstantOfShape', [rank.mul(g.constant([2], 'int64')).sub(g.constant([4], 'int64'))], {
      value: tensor([0], [1], 'int64'),
    })
    const pairs = g.concat([ints(g, 1, 2, 3, 0), zeros], 0).reshape([-1, 2])
    const pads = pairs
      .slice([0], [-1], [-(2 ** 40)], [-1])
      .transpose([1, 0])
      .reshape([-1])
    const padded = x.op('Pad', [pads.cast('int64')])
    const half = padded.sizes([2]).div(g.constant(2, 'int64'))
    g.output(
      'y',
      padded
        .slice([2], half, g.constant([2 ** 40], 'int64'))
        .pow(2)
        .sum(),
    )
    const shapes = { x: [1, 1, 5, 4] }
    const folded = differentiate(g.model(), { of: 'y', wrt: 'x', shapes })
    for (const op of ['Shape', 'ConstantOfShape', 'Concat', 'Transpose', 'Cast', 'Div'])
      expect(ops(folded)).not.toContain(op)
    const image = wave([1, 1, 5, 4])
    const { y, grad_x } = await run(folded, { x: image })
    const data = image.data as Float32Array
    // 8 rows: 3 of padding, then those of the image; the last 4 are left.
    expect(Number(y!.data[0])).toBeCloseTo(
      data.slice(4).reduce((sum, value) => sum + value * value, 0),
      4,
    )
    expect([...(grad_x!.data as Float32Array)].map((value, at) => value / data[at]!)).toEqual(
      Array.from(data, (value, at) => (at < 4 ? 0 / value : 2)),
    )
  })

  it('so that a normalisation behind a reparametrised convolution is folded into it', async () => {
    const build = (g: Graph) => {
      const [direction, length] = [
        g.parameter('v', wave([4, 2, 3, 3])),
        g.parameter('g', wave([4, 1, 1, 1], 'float32', 1)),
      ]
      const norm = direction.op('ReduceL2', [ints(g, 1, 2, 3)])
      const [scale, shift, mean] = [1, 2, 3].map((phase) => g.parameter(`bn${phase}`, wave([4], 'float32', phase)))
      const variance = g.parameter('variance', tensor([1, 2, 0.5, 0.3]))
      g.output(
        'y',
        g
          .input('x', [1, 2, 5, 5])
          .conv(direction.mul(length.div(norm)))
          .batchNorm(scale!, shift!, mean!, variance)
          .sum(),
      )
      return g.model()
    }
    const model = build(graph())
    const folded = differentiate(model, { of: 'y', wrt: 'x' })
    expect(ops(folded).filter((op) => /Reduce|Div|BatchNorm/.test(op))).toEqual(['ReduceSum'])
    const feeds = { x: wave([1, 2, 5, 5]) }
    const [kept, same] = [await run(model, feeds), await run(folded, feeds)]
    expect(Number(same['y']!.data[0])).toBeCloseTo(Number(kept['y']!.data[0]), 4)
  })

  it('but not what is asked for, nor what is computed from it', async () => {
    const g = graph()
    const [asked, other] = [g.parameter('asked', tensor([1, 2])), g.parameter('other', tensor([3, 4]))]
    g.parameter('equal', tensor([1, 2]))
    g.output(
      'y',
      g
        .input('x', [2])
        .mul(asked.exp())
        .mul(other.exp())
        .add(g.model().initializers.has('equal') ? asked : 0)
        .sum(),
    )
    const model = differentiate(g.model(), { of: 'y', wrt: ['x', 'asked'] })
    expect(ops(model).filter((op) => op === 'Exp')).toHaveLength(1)
    const { grad_asked } = await run(model, { x: tensor([1, -1]) })
    const expected = [Math.exp(1 + 3) + 1, -Math.exp(2 + 4) + 1]
    expected.forEach((value, index) => {
      expect(Number(grad_asked!.data[index]) / value).toBeCloseTo(1, 5)
    })
  })

  it('and no weight is there twice', () => {
    const large = wave([300, 200])
    const build = (twice: boolean) => {
      const g = graph()
      const [x, w] = [g.input('x', [1, 300]), g.parameter('w', large)]
      const there = x.matmul(w)
      const back = (twice ? there : there.add(g.input('z', [1, 200]))).matmul(w.transpose([1, 0]))
      g.output('y', (twice ? back : g.input('z2', [1, 200]).matmul(w.transpose([1, 0]))).sum())
      return differentiate(g.model(), { of: 'y', wrt: twice ? 'x' : 'z2' })
    }
    const bytes = (model: Model) => [...model.initializers.values()].reduce((sum, { data }) => sum + data.byteLength, 0)
    // Read as it is as well, it stays; read transposed alone, that is what is kept.
    for (const model of [build(true), build(false)]) expect(bytes(model)).toBeLessThan(1.01 * large.data.byteLength)
    expect([...build(true).initializers.values()].map(({ shape }) => `${shape}`)).toContain('300,200')
    expect([...build(false).initializers.values()].map(({ shape }) => `${shape}`)).toContain('200,300')
    // What would be larger than the weight itself is left to run.
    const g = graph()
    const wide = g.parameter('w', large).unsqueeze([0]).expand([4, 300, 200])
    g.output('y', g.input('x', [4, 300, 200]).mul(wide).sum())
    const model = differentiate(g.model(), { of: 'y', wrt: 'x' })
    expect(ops(model)).toContain('Expand')
    expect(bytes(model)).toBeLessThan(1.01 * large.data.byteLength)
  })

  it('parts of one weight take its place together', () => {
    const g = graph()
    const parts = g.ops('Split', [g.parameter('w', wave([600, 100]))], { axis: 0, num_outputs: 2 }, 2)
    const x = g.input('x', [1, 300])
    g.output('y', x.matmul(parts[0]!).add(x.relu().matmul(parts[1]!)).sum())
    const model = differentiate(g.model(), { of: 'y', wrt: 'x' })
    expect(ops(model)).not.toContain('Split')
    const sizes = [...model.initializers.values()].map(({ data }) => data.length).filter((length) => length > 1000)
    expect(sizes).toEqual([30000, 30000])
  })

  it('numbers beyond the precision of a double stay what they are', async () => {
    const g = graph()
    const end = g.parameter('end', { dtype: 'int64', shape: [], data: BigInt64Array.of(2n ** 63n - 1n) })
    const start = g.parameter('start', { dtype: 'int64', shape: [], data: BigInt64Array.of(2n ** 62n + 1n) })
    const x = g.input('x', [4])
    g.output('y', x.slice([0], [2], end.unsqueeze([0])).sum())
    g.output(
      'big',
      g
        .concat([end.unsqueeze([0]), start.unsqueeze([0])], 0)
        .sub(g.constant([1], 'int64'))
        .mul(x.sizes()),
    )
    const { big, grad_x } = await run(differentiate(g.model(), { of: 'y', wrt: 'x' }), { x: wave([4]) })
    expect([...(grad_x!.data as Float32Array)]).toEqual([0, 0, 1, 1])
    expect([...(big!.data as BigInt64Array)]).toEqual(
      [(2n ** 63n - 2n) * 4n, 2n ** 62n * 4n].map((value) => BigInt.asIntN(64, value)),
    )
  })
})

describe('nodes', () => {
  const chain = (make: (g: Graph, x: Value) => Value) => {
    const g = graph()
    g.output('y', make(g, g.input('x', [2, 3])).sum())
    return g.model()
  }

  it('that compute the same are one, also where their constants are equal but not the same', () => {
    const model = chain((g, x) => {
      const [a, b] = ['a', 'b'].map((name) => g.parameter(name, tensor([1, 2, 3])))
      return x.mul(a!).exp().add(x.mul(b!).exp())
    })
    expect(ops(model).filter((op) => op === 'Exp')).toHaveLength(2)
    expect(ops(differentiate(model, { of: 'y', wrt: 'x' })).filter((op) => op === 'Exp')).toHaveLength(1)
    // -0 is not 0, and a constant that is asked for is nobody else's.
    const apart = chain((g, x) =>
      x
        .div(g.parameter('a', tensor([0])))
        .exp()
        .add(x.div(g.parameter('b', tensor([-0]))).exp()),
    )
    expect(ops(differentiate(apart, { of: 'y', wrt: 'x' })).filter((op) => op === 'Exp')).toHaveLength(2)
    expect(ops(differentiate(model, { of: 'y', wrt: ['x', 'a'] })).filter((op) => op === 'Exp')).toHaveLength(2)
  })

  it('that nothing needs are left out', () => {
    const g = graph()
    const x = g.input('x', [3])
    x.exp().add(g.parameter('unused', tensor([1, 2, 3])))
    g.output('y', x.sum())
    const model = differentiate(g.model(), { of: 'y', wrt: 'x' })
    expect(ops(model)).not.toContain('Exp')
    expect(model.initializers.has('unused')).toBe(false)
  })

  it('of Dropout are left out where they drop nothing, and refused where they may', () => {
    const dropout = (ratio: number, training: number) =>
      chain((g, x) =>
        x
          .op('Dropout', [g.constant(ratio), g.constant({ dtype: 'bool', shape: [], data: Uint8Array.of(training) })])
          .exp(),
      )
    for (const off of [dropout(0.5, 0), dropout(0, 1)]) {
      expect(ops(differentiate(off, { of: 'y', wrt: 'x' }))).not.toContain('Dropout')
    }
    expect(() => differentiate(dropout(0.5, 1), { of: 'y', wrt: 'x' })).toThrow(/training mode/)
  })
})
