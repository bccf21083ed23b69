import { describe, expect, it } from 'vitest'
import { differentiate, type Graph, graph, type Model, open, type Tensor, tensor, type Value } from '../src/index.js'

async function run(model: Model, feeds: Record<string, Tensor>): Promise<Record<string, Tensor>> {
  const session = await open(model)
  try {
    return await session.run(feeds)
  } finally {
    await session.dispose()
  }
}

const numbersOf = (value: Tensor | undefined) => Array.from(value!.data as Float32Array)

describe('apply', () => {
  /** y = relu(weight * x - shift): names that the graph around it may have too. */
  function layer(factor: number): Model {
    const g = graph('layer')
    const weight = g.parameter('weight', tensor([factor]))
    g.output('y', g.input('x', ['n']).mul(weight).sub(1).relu())
    return g.model()
  }

  it('puts a model into a graph, under names of its own, and its gradient goes through', async () => {
    const g = graph('whole')
    const [x, weight] = [g.input('x', [3]), g.parameter('weight', tensor([10]))]
    const [y] = g.apply(layer(2), [x.mul(weight)])
    g.output('y', y!.mul(x).sum(undefined, { keep: false }))
    const model = differentiate(g.model(), { of: 'y', wrt: ['x', 'weight', 'layer/weight'] })
    const { y: found, grad_x, grad_weight, ...others } = await run(model, { x: tensor([1, -1, 2]) })
    // y = sum x relu(2 * 10 x - 1)
    expect(numbersOf(found)).toEqual([19 + 2 * 39])
    expect(numbersOf(grad_x)).toEqual([39, 0, 79])
    expect(numbersOf(grad_weight)).toEqual([2 * (1 + 4)])
    expect(numbersOf(others['grad_layer/weight'])).toEqual([10 * (1 + 4)])
  })

  it('applies it again, to what it gave itself, and another of the same name', async () => {
    const g = graph('whole')
    const [once] = g.apply(layer(2), [g.input('x', [2])])
    const [twice] = g.apply(layer(2), [once!])
    const [other] = g.apply(layer(3), [twice!])
    const [named] = g.apply(layer(4), [other!], 'last/')
    g.output('y', named!)
    expect([...g.model().initializers.keys()].filter((name) => name.endsWith('weight'))).toEqual([
      'layer/weight',
      'layer_2/weight',
      'layer_3/weight',
      'last/weight',
    ])
    const { y, grad_x } = await run(differentiate(g.model(), { of: 'y', wrt: 'x', seed: true }), {
      x: tensor([1, 2]),
      seed_y: tensor([1, 1]),
    })
    expect(numbersOf(y)).toEqual(
      [1, 2].map((x) => 4 * (3 * (2 * (2 * x - 1) - 1) - 1) - 1).map((value) => Math.max(value, 0)),
    )
    expect(numbersOf(grad_x)).toEqual([48, 48])
  })

  it('says which inputs a model has when there are more or fewer values', () => {
    const g = graph()
    const x = g.input('x', [2])
    expect(() => g.apply(layer(2), [])).toThrow(/"layer" has the inputs "x", got 0/)
    expect(() => g.apply(layer(2), [x, x])).toThrow(/got 2/)
  })

  it('refuses a prefix whose names are there already', () => {
    const g = graph()
    const x = g.input('x', [2])
    g.apply(layer(2), [x], 'a/')
    expect(() => g.apply(layer(3), [x], 'a/')).toThrow(/two values named "a\/weight"/)
  })
})

describe('names', () => {
  it('of folded weights are not those that a model has already', async () => {
    // As TensorFlow's exporters name them: the output "conv" beside the weights "conv/weight" and "conv/bias" of something else.
    const g = graph()
    const x = g.input('x', [1, 1, 1, 2])
    const [weight, bias] = [g.parameter('bn/weight', tensor([2], [1, 1, 1, 1])), g.parameter('bn/bias', tensor([5]))]
    const [scale, shift, mean, variance] = [3, 1, 4, 4].map((value, index) => g.parameter(`p${index}`, tensor([value])))
    const convolved = x.conv(weight, bias)
    const inputs = [convolved, scale, shift, mean, variance].map((value) => value!.name)
    const attributes = { epsilon: { type: 'float', value: 0 } } as const
    const [normed] = g.append({ op: 'BatchNormalization', domain: '', name: 'bn', inputs, outputs: ['bn'], attributes })
    g.output('y', normed!.mul(x.conv(weight, bias, { stride: [2, 1] })).sum(undefined, { keep: false }))
    const folded = differentiate(g.model(), { of: 'y', wrt: 'x' })
    expect(folded.nodes.map(({ op }) => op)).not.toContain('BatchNormalization')
    const { y, grad_x } = await run(folded, { x: tensor([1, -1], [1, 1, 1, 2]) })
    // y = sum (3 (2 x + 5 - 4) / 2 + 1) (2 x + 5)
    expect(numbersOf(y)).toEqual([5.5 * 7 - 0.5 * 3])
    expect(numbersOf(grad_x)).toEqual([3 * 7 + 5.5 * 2, 3 * 3 - 0.5 * 2])
  })

  it('of nodes are all different, whatever they were called before', () => {
    const node = (op: string, name: string, input: string, output: string) =>
      ({ op, domain: '', name, inputs: [input], outputs: [output], attributes: {} }) as const
    const g = graph()
    const x = g.input('x', [2])
    // Names that the differentiation would give as well, or that say nothing at all.
    g.append(node('Exp', 'Mul_0', x.name, 'Mul_1_out'))
    g.append(node('Sin', 'Mul_2', 'Mul_1_out', 'constant_3'))
    g.output('y', g.value('constant_3').mul(g.value('Mul_1_out')).mul(x).sum())
    const model = differentiate(g.model(), { of: 'y', wrt: 'x' })
    const names = model.nodes.map(({ name }) => name)
    expect(new Set(names).size).toBe(names.length)
    const outputs = [...model.nodes.flatMap((made) => made.outputs), ...model.initializers.keys(), 'x']
    expect(new Set(outputs).size).toBe(outputs.length)
  })
})

describe('a value that a pool and something else read', () => {
  const image = tensor(
    Float32Array.from({ length: 2 * 6 * 6 }, (_, index) => 3 * Math.sin(1.3 * index) + 2 + index / 100),
    [1, 2, 6, 6],
  )
  const pools: Readonly<Record<string, (value: Value) => Value>> = {
    'windows side by side': (value) => value.maxPool(2),
    'windows that overlap': (value) => value.maxPool(3, { stride: 2, pad: 1 }),
    'an average pool': (value) => value.averagePool(3, { stride: 2, pad: 1 }),
  }
  const masks: Readonly<Record<string, (value: Value) => Value>> = {
    relu: (value) => value.relu(),
    relu6: (value) => value.clip(0, 6),
    leaky: (value) => value.op('LeakyRelu', [], { alpha: 0.3 }),
  }
  const cases = Object.keys(pools).flatMap((pool) => Object.keys(masks).map((mask) => [pool, mask] as const))

  it.each(cases)('%s behind %s', async (pool, mask) => {
    const gradientOf = async (f: (value: Value, g: Graph) => Value) => {
      const g = graph()
      const kernel = tensor(
        Float32Array.from({ length: 16 * 2 * 9 }, (_, index) => Math.cos(2.1 * index)),
        [16, 2, 3, 3],
      )
      const features = masks[mask]!(g.input('x', [1, 2, 6, 6]).conv(g.constant(kernel), undefined, { pad: 1 }))
      g.output('y', f(features, g).sum(undefined, { keep: false }))
      const { grad_x } = await run(differentiate(g.model(), { of: 'y', wrt: 'x' }), { x: image })
      return numbersOf(grad_x)
    }
    const pooled = (value: Value) => pools[pool]!(value).mul(0.7)
    const squared = (value: Value) => value.mul(value).sum().mul(0.1)
    const convolved = (value: Value, g: Graph) =>
      value
        .conv(
          g.constant(
            tensor(
              Float32Array.from({ length: 16 }, (_, index) => Math.sin(index)),
              [1, 16, 1, 1],
            ),
          ),
        )
        .sum()
    const parts = [await gradientOf(pooled), await gradientOf(squared), await gradientOf(convolved)]
    const both = await gradientOf((value, g) => pooled(value).sum().add(squared(value)).add(convolved(value, g)))
    const turned = await gradientOf((value, g) => convolved(value, g).add(squared(value)).add(pooled(value).sum()))
    expect(Math.hypot(...parts[0]!)).toBeGreaterThan(1)
    both.forEach((value, at) => {
      const sum = parts.reduce((total, part) => total + part[at]!, 0)
      expect(Math.abs(value - sum)).toBeLessThan(1e-3)
      expect(Math.abs(turned[at]! - sum)).toBeLessThan(1e-3)
    })
  })
})
