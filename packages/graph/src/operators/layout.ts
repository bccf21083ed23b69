import type { Dimension } from '../model.js'
import { axisOf, isStatic, plus, product, range, type Shape, times } from '../shapes.js'
import { numbers, sizeOf } from '../tensor.js'
import { isFollowed, type Type } from '../value.js'
import { reshapeLike, unbroadcast } from './adjoint.js'
import type { Call, Family, Gradient } from './call.js'
import { flat } from './call.js'

const dtypeOf = (call: Call) => call.input(0).dtype

/** The gradient of whatever only gives the same elements another shape. */
const reshaped: Gradient = (call, g) => reshapeLike(g, call.input(0))

function inferReshape(call: Call): Type {
  const { dtype, shape, known } = call.input(0).type
  const target = call.known(1)
  if (!target) return { dtype, shape: unknownSides(call) }
  const sides = target.map((side, axis) =>
    side === 0 && !call.flag('allowzero') ? (shape?.[axis] ?? `${call.node.outputs[0]}.${axis}`) : side,
  )
  if (shape && isStatic(shape) && isStatic(sides) && !sides.includes(-1) && product(sides) !== product(shape)) {
    throw call.error(
      'shape',
      `cannot reshape [${shape}] to [${sides}]: ${product(shape)} elements are not ${product(sides)}`,
    )
  }
  return { dtype, shape: sides.map((side, axis) => (side === -1 ? left(call, shape, sides, axis) : side)), known }
}

/** The side that stands for -1: what the others leave of the product. */
function left(call: Call, from: Shape | undefined, to: Shape, axis: number): Dimension {
  const unknown = `${call.node.outputs[0]}.${axis}`
  if (!from) return unknown
  const rest = [...from]
  let divisor = 1
  for (const side of to.filter((other) => other !== -1)) {
    const match = rest.indexOf(side)
    if (match >= 0) rest.splice(match, 1)
    else if (typeof side === 'number') divisor *= side
    else return unknown
  }
  const total = product(rest)
  if (typeof total === 'string') return divisor === 1 ? total : unknown
  if (total % divisor !== 0) throw call.error('shape', `cannot reshape [${from}] to [${to}]`)
  return total / divisor
}

/** Fresh symbols for a shape of which only the rank is known. */
function unknownSides(call: Call, input = 1): Shape | undefined {
  const rank = call.input(input).shape?.[0]
  return typeof rank === 'number' ? range(rank).map((axis) => `${call.node.outputs[0]}.${axis}`) : undefined
}

function inferSqueeze(call: Call): Type {
  const { dtype, shape, known } = call.input(0).type
  if (!shape) return { dtype }
  const axes = call.numbers(1)?.map((axis) => axisOf(axis, shape.length))
  const symbolic = shape.some((side) => typeof side === 'string')
  if (!axes && symbolic) return { dtype }
  return { dtype, shape: shape.filter((side, axis) => (axes ? !axes.includes(axis) : side !== 1)), known }
}

function inferUnsqueeze(call: Call): Type {
  const { dtype, shape, known } = call.input(0).type
  if (!shape) return { dtype }
  const axes = call.numbers(1)!
  const rank = shape.length + axes.length
  const front = axes.map((axis) => axisOf(axis, rank))
  let next = 0
  return {
    dtype,
    shape: range(rank).map((axis) => (front.includes(axis) ? 1 : shape[next++]!)),
    known: rank <= 1 ? known : undefined,
  }
}

function inferTranspose(call: Call): Type {
  const { dtype, shape } = call.input(0)
  return { dtype, shape: shape && orderOf(call).map((axis) => shape[axis]!) }
}

const orderOf = (call: Call): readonly number[] => call.ints('perm') ?? range(call.input(0).rank).reverse()

function inferExpand(call: Call): Type {
  const { dtype, shape } = call.input(0)
  const target = call.known(1)
  if (!shape || !target) return { dtype, shape: unknownSides(call) }
  const rank = Math.max(shape.length, target.length)
  const sides = range(rank).map((axis) => {
    const [from, to] = [shape[axis - rank + shape.length] ?? 1, target[axis - rank + target.length] ?? 1]
    return from === 1 ? to : from
  })
  return { dtype, shape: sides }
}

function inferShape(call: Call): Type {
  const { shape } = call.input(0)
  if (!shape) return { dtype: 'int64' }
  const bound = (at: number) => Math.min(Math.max(at < 0 ? at + shape.length : at, 0), shape.length)
  const known = shape.slice(bound(call.int('start')), bound(call.int('end', shape.length)))
  return { dtype: 'int64', shape: [known.length], known }
}

function inferConcat(call: Call): Type {
  const dtype = dtypeOf(call)
  const shapes = call.inputs.map((value) => value!.shape)
  if (shapes.some((shape) => !shape)) return { dtype }
  const first = shapes[0]!
  const along = axisOf(call.int('axis'), first.length)
  const parts = shapes.map((shape) => shape![along]!)
  if (
    shapes.some(
      (shape) =>
        shape!.length !== first.length || shape!.some((side, axis) => axis !== along && differs(side, first[axis]!)),
    )
  ) {
    throw call.error(
      'shape',
      `joins ${shapes.map((shape) => `[${shape}]`).join(', ')} along axis ${along}, and other sides differ`,
    )
  }
  const symbols = parts.filter((side) => typeof side === 'string')
  const fixed = parts.reduce<number>((sum, side) => (typeof side === 'number' ? sum + side : sum), 0)
  const length =
    symbols.length === 0 ? fixed : plus(symbols.length === 1 ? symbols[0]! : `(${symbols.join('+')})`, fixed)
  const known = call.inputs.map((value) => value!.type.known)
  const all = known.every((list) => list !== undefined) && first.length === 1
  return {
    dtype,
    shape: first.map((side, axis) => (axis === along ? length : side)),
    known: all ? known.flat() : undefined,
  }
}

const differs = (a: Dimension, b: Dimension) => typeof a === 'number' && typeof b === 'number' && a !== b

/** Lengths of the parts of a Split; GraphError when they are not known. */
function parts(call: Call): readonly Dimension[] {
  const given = call.numbers(1)
  if (given) return given
  const count = call.node.outputs.length
  const { shape } = call.input(0)
  const side = shape?.[axisOf(call.int('axis'), shape.length)]
  if (typeof side !== 'number') return range(count).map((index) => `${call.node.outputs[index]}.part`)
  const part = Math.ceil(side / call.int('num_outputs', count))
  return range(count).map((index) => Math.min(part, Math.max(side - part * index, 0)))
}

export const layoutFamily: Family = {
  Reshape: { infer: inferReshape, gradient: reshaped },
  Flatten: {
    infer: (call) => {
      const { dtype, shape } = call.input(0)
      if (!shape) return { dtype }
      const at = call.int('axis', 1)
      const axis = at < 0 ? at + shape.length : at
      return { dtype, shape: [product(shape.slice(0, axis)), product(shape.slice(axis))] }
    },
    gradient: reshaped,
  },
  Squeeze: { infer: inferSqueeze, gradient: reshaped },
  Unsqueeze: { infer: inferUnsqueeze, gradient: reshaped },
  Transpose: {
    infer: inferTranspose,
    gradient: (call, g) => {
      const order = orderOf(call)
      return g.transpose(order.map((_, axis) => order.indexOf(axis)))
    },
  },
  Expand: { infer: inferExpand, gradient: (call, g) => unbroadcast(g, call.input(0)) },
  Tile: {
    infer: (call) => {
      const { dtype, shape } = call.input(0)
      const repeats = call.known(1)
      if (!shape || !repeats) return { dtype, shape: shape?.map((_, axis) => `${call.node.outputs[0]}.${axis}`) }
      const scaled = shape.map((side, axis) => {
        const by = repeats[axis]!
        return typeof by === 'number' ? times(side, by) : side === 1 ? by : `(${side})*(${by})`
      })
      return { dtype, shape: scaled }
    },
    gradient: (call, g) => {
      const sides = call.input(0).sides()
      const repeats = call.numbers(1)!
      const apart = sides.flatMap((side, axis) => [repeats[axis]!, side])
      return g.reshape(apart).sum(
        sides.map((_, axis) => 2 * axis),
        { keep: false },
      )
    },
  },
  Concat: {
    infer: inferConcat,
    gradient: (call, g) => {
      const axis = axisOf(call.int('axis'), g.rank)
      const lengths = call.inputs.map((value) => value!.shape?.[axis])
      let start = 0
      return call.inputs.map((value, index) => {
        const length = lengths[index]
        if (typeof length !== 'number')
          throw call.error('shape', `joins parts whose lengths along axis ${axis} are not known: give the input shapes`)
        start += length
        return call.needs(index) && value ? g.slice([axis], [start - length], [start]) : undefined
      })
    },
  },
  Split: {
    infer: (call) => {
      const { dtype, shape } = call.input(0)
      if (!shape) return call.node.outputs.map(() => ({ dtype }))
      const along = axisOf(call.int('axis'), shape.length)
      return parts(call).map((part) => ({ dtype, shape: shape.map((side, axis) => (axis === along ? part : side)) }))
    },
    gradient: (call, _, all) => {
      const axis = axisOf(call.int('axis'), call.input(0).rank)
      const pieces = all.map(
        (g, index) => g ?? call.graph.constant(0, call.input(0).dtype).expand(call.output(index).sizes()),
      )
      return call.graph.concat(pieces, axis)
    },
  },
  Shape: { infer: inferShape, gradient: flat },
  Size: {
    infer: (call) => {
      const { shape } = call.input(0)
      return { dtype: 'int64', shape: [], known: shape && [product(shape)] }
    },
    gradient: flat,
  },
  ConstantOfShape: {
    infer: (call) => {
      const value = call.tensor('value')
      const dtype = value?.dtype ?? 'float32'
      const shape = call.known(0)
      if (!shape) return { dtype, shape: unknownSides(call, 0) }
      const element = value ? numbers(value)[0]! : 0
      const known = isStatic(shape) && isFollowed(shape) ? range(sizeOf(shape)).map(() => element) : undefined
      return { dtype, shape, known }
    },
    gradient: flat,
  },
  Range: {
    infer: (call) => {
      const [from, to, step] = [0, 1, 2].map((index) => call.known(index)?.[0])
      const dtype = dtypeOf(call)
      if (typeof from !== 'number' || typeof to !== 'number' || typeof step !== 'number')
        return { dtype, shape: [`${call.node.outputs[0]}.0`] }
      const count = Math.max(0, Math.ceil((to - from) / step))
      const known = isFollowed([count]) ? range(count).map((index) => from + index * step) : undefined
      return { dtype, shape: [count], known }
    },
    // start, start + step, ...: the limit only counts.
    gradient: (call, g) => {
      const counted = call.graph
        .constant(1, g.dtype)
        .expand(g.sizes())
        .op('CumSum', [call.graph.constant([0], 'int64')], { exclusive: 1 })
      return [g.sum(undefined, { keep: false }), undefined, g.mul(counted).sum(undefined, { keep: false })]
    },
  },
}
