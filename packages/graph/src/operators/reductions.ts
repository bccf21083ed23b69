import type { Dimension } from '../model.js'
import { axisOf, isStatic, product, range } from '../shapes.js'
import type { Type, Value } from '../value.js'
import type { Call, Family, Gradient, Operator } from './call.js'
import { flat } from './call.js'

/** The axes a reduction runs over, or undefined when the rank is not known. */
function axesOf(call: Call): readonly number[] | undefined {
  const { shape } = call.input(0)
  if (!shape) return undefined
  const axes = call.numbers(1) ?? []
  if (axes.length === 0) return call.flag('noop_with_empty_axes') ? [] : range(shape.length)
  return axes.map((axis) => axisOf(axis, shape.length))
}

/** The same axes where there have to be some. */
function axesIn(call: Call): readonly number[] {
  call.input(0).rank
  return axesOf(call)!
}

function infer(call: Call): Type {
  const { dtype, shape } = call.input(0)
  const axes = axesOf(call)
  if (!shape || !axes) return { dtype }
  return { dtype, shape: without(shape, axes, call.flag('keepdims', true)), known: reduced(call) }
}

const folds: Readonly<Record<string, (values: readonly number[]) => number>> = {
  ReduceSum: (values) => values.reduce((a, b) => a + b, 0),
  ReduceProd: (values) => values.reduce((a, b) => a * b, 1),
  ReduceMax: (values) => Math.max(...values),
  ReduceMin: (values) => Math.min(...values),
}

/** The reduction of a vector whose elements are known. */
function reduced(call: Call): readonly number[] | undefined {
  const known = call.input(0).shape?.length === 1 ? call.numbersIfKnown(0) : undefined
  const fold = folds[call.node.op]
  return known && fold && axesOf(call)?.length === 1 ? [fold(known)] : undefined
}

const without = (shape: readonly Dimension[], axes: readonly number[], keep: boolean): readonly Dimension[] =>
  keep ? shape.map((side, axis) => (axes.includes(axis) ? 1 : side)) : shape.filter((_, axis) => !axes.includes(axis))

/** A reduction, from its cotangent with the reduced axes in place to the input's; `y` has them in place too. */
const reduction = (rule: (g: Value, x: Value, y: Value, axes: readonly number[]) => Value): Operator => {
  const gradient: Gradient = (call, g) => {
    const axes = axesIn(call)
    const back = (value: Value) => (call.flag('keepdims', true) ? value : value.unsqueeze(axes))
    return rule(back(g), call.input(0), back(call.output()), axes)
  }
  return { infer, gradient }
}

/** How many elements are reduced into one, as a number or a value of x's dtype. */
function count(x: Value, axes: readonly number[]): number | Value {
  const sides = axes.map((axis) => x.shape![axis]!)
  if (isStatic(sides)) return product(sides) as number
  return x.sizes(axes).op('ReduceProd', [], { keepdims: 0 }).cast(x.dtype)
}

/** Elements that attain the maximum or minimum share its cotangent evenly, as PyTorch's amax and amin do. */
const extreme = reduction((g, x, y, axes) => {
  const hits = x.equal(y).cast(x.dtype)
  return hits.mul(g.div(hits.sum(axes)))
})

function inferArg(call: Call): Type {
  const { shape } = call.input(0)
  const axis = shape && axisOf(call.int('axis'), shape.length)
  return { dtype: 'int64', shape: shape && without(shape, [axis!], call.flag('keepdims', true)) }
}

export const reductionFamily: Family = {
  ReduceSum: reduction((g, x) => g.expand(x.sizes())),
  ReduceMean: reduction((g, x, _, axes) => g.div(count(x, axes)).expand(x.sizes())),
  ReduceMax: extreme,
  ReduceMin: extreme,
  ReduceL1: reduction((g, x) => x.sign().mul(g)),
  // Where the norm is 0 its subgradient 0 is taken, as in PyTorch.
  ReduceL2: reduction((g, x, y) => x.mul(y.equal(0).where(g.graph.constant(0, g.dtype), g.div(y)))),
  ReduceSumSquare: reduction((g, x) => x.mul(g.mul(2))),
  ReduceLogSum: reduction((g, x, y) => g.div(y.exp()).expand(x.sizes())),
  ReduceLogSumExp: reduction((g, x, y) => x.sub(y).exp().mul(g)),
  // The product of the others: y / x, but for zeros, of which one leaves it to itself and two leave nothing.
  ReduceProd: reduction((g, x, _, axes) => {
    const zero = x.equal(0)
    const others = zero.where(1, x)
    const product = x.graph.op('ReduceProd', [others, x.graph.constant(axes, 'int64')], { noop_with_empty_axes: 1 })
    const zeros = zero.cast(x.dtype).sum(axes)
    const alone = zeros.equal(1).op('And', [zero]).where(product, x.graph.constant(0, x.dtype))
    return g.mul(zeros.equal(0).where(product.div(others), alone))
  }),
  ArgMax: { infer: inferArg, gradient: flat },
  ArgMin: { infer: inferArg, gradient: flat },
  CumSum: {
    infer: (call) => ({ dtype: call.input(0).dtype, shape: call.input(0).shape }),
    gradient: (call, g) =>
      call.graph.op('CumSum', [g, call.input(1)], {
        exclusive: call.int('exclusive'),
        reverse: call.flag('reverse') ? 0 : 1,
      }),
  },
}
