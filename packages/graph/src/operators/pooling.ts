import { isStatic, plus, range, times } from '../shapes.js'
import type { Type, Value } from '../value.js'
import { reshapeLike, zerosLike } from './adjoint.js'
import { rectified } from './blocked.js'
import type { Call, Family, Gradient } from './call.js'
import { extent, slots, type Window, windowAttributes, windowOf } from './window.js'

const poolWindow = (call: Call): Window =>
  windowOf(call, call.ints('kernel_shape') ?? [], call.input(0).shape?.slice(2))

function inferPool(call: Call): readonly Type[] {
  const { dtype, shape } = call.input(0)
  if (!shape) return [{ dtype }, { dtype: 'int64' }]
  const window = poolWindow(call)
  const sides = shape.slice(2).map((side, axis) => slots(side, window, axis, call.flag('ceil_mode')))
  const pooled = [...shape.slice(0, 2), ...sides]
  return [
    { dtype, shape: pooled },
    { dtype: 'int64', shape: pooled },
  ]
}

const inferGlobal = (call: Call): Type => ({
  dtype: call.input(0).dtype,
  shape: call.input(0).shape?.map((side, axis) => (axis < 2 ? side : 1)),
})

/** How many elements each window averages along one axis: fewer where it hangs over the border and pads do not count. */
function counts(side: number, slot: number, window: Window, axis: number, countPad: boolean): readonly number[] {
  const [begin, end, step] = [window.begins[axis]!, window.ends[axis]!, window.dilations[axis]!]
  return range(slot).map((index) => {
    const start = index * window.strides[axis]! - begin
    const taps = range(window.kernel[axis]!).map((tap) => start + tap * step)
    const [low, high] = countPad ? [-begin, side + end] : [0, side]
    return taps.filter((at) => at >= low && at < high).length
  })
}

const averagePool: Gradient = (call, g) => {
  const x = call.input(0)
  const [batch, channels, ...sides] = x.sides()
  const window = poolWindow(call)
  const slot = g.sides().slice(2)
  const spans = window.kernel.map((size, axis) => extent(size, window.dilations[axis]!))
  const countPad = call.flag('count_include_pad')
  // Divide by the number of elements of each window, axis by axis, then spread every cotangent over its window.
  const shares = sides.reduce((value, side, axis) => {
    const list = counts(side, slot[axis]!, window, axis, countPad)
    const shape = range(slot.length).map((other) => (other === axis ? slot[axis]! : 1))
    const even = list.every((count) => count === list[0])
    return value.mul(
      even
        ? 1 / list[0]!
        : g.graph
            .constant({ dtype: 'float32', shape, data: Float32Array.from(list, (count) => 1 / count) })
            .cast(g.dtype),
    )
  }, g)
  const ones = g.graph.constant(1, g.dtype).expand([1, 1, ...window.kernel])
  // The last window may hang over beyond the pads (ceil_mode): take the whole spread, then cut the input out of it.
  const whole = slot.map((count, axis) => (count - 1) * window.strides[axis]! + spans[axis]!)
  const spread = shares.reshape([batch! * channels!, 1, ...slot]).op('ConvTranspose', [ones], {
    ...windowAttributes({ ...window, begins: slot.map(() => 0), ends: slot.map(() => 0) }),
  })
  const pads = [
    ...window.begins.map((begin) => -begin),
    ...sides.map((side, axis) => side + window.begins[axis]! - whole[axis]!),
  ]
  return reshapeLike(spread.pad(pads), x)
}

/** Adds each cotangent to the element that the flat index of its maximum names. */
function scatterFlat(g: Value, indices: Value, x: Value): Value {
  const flat = (value: Value) => value.reshape([-1])
  const zero = x.graph.constant(0, x.dtype).expand(x.sizes().op('ReduceProd'))
  return reshapeLike(x.graph.op('ScatterElements', [zero, flat(indices), flat(g)], { axis: 0, reduction: 'add' }), x)
}

/** The cotangent goes to the first of equal maxima, as in PyTorch. */
const maxPool: Gradient = (call, g) => {
  const x = call.input(0)
  const { auto_pad: _, storage_order: __, ...attributes } = call.node.attributes
  const window = poolWindow(call)
  const [, indices] = call.graph.ops('MaxPool', [x], { ...attributes, ...windowAttributes(window) }, 2)
  // Behind a Relu the mask is a matter of the maxima, of which there are fewer.
  const due = x.graph.producer(x)?.op === 'Relu' ? rectified(g, call.output()) : g
  // Windows that do not overlap name no element twice.
  if (areApart(window, x, due))
    return x.graph.op('MaxUnpool', [due, indices, x.sizes()], { kernel_shape: window.kernel, strides: window.strides })
  return scatterFlat(due, indices!, x)
}

/** Whether the windows of a pool lie side by side inside of x, as MaxUnpool wants them. */
function areApart({ kernel, strides, dilations, begins, ends }: Window, x: Value, y: Value): boolean {
  if (x.rank !== 4 || x.dtype !== 'float32' || !isStatic(x.shape) || !isStatic(y.shape)) return false
  const [sides, slots] = [x.sides().slice(2), y.sides().slice(2)]
  return kernel.every((size, axis) => {
    const stride = strides[axis]!
    const plain = dilations[axis] === 1 && begins[axis] === 0 && ends[axis] === 0
    return plain && stride >= size && (slots[axis]! - 1) * stride + size <= sides[axis]!
  })
}

/** Whether a cotangent is that of a max pool over y, and of nothing else. */
export function isPooledFrom(g: Value, y: Value): boolean {
  const { graph } = g
  const spread = graph.producer(g)?.op === 'Reshape' ? first(g) : g
  const node = graph.producer(spread)
  if (node?.op !== 'ScatterElements' && node?.op !== 'MaxUnpool') return false
  const indices = graph.value(node.inputs[1]!)
  const pool = graph.producer(node.op === 'MaxUnpool' ? indices : first(indices))
  return pool?.op === 'MaxPool' && pool.inputs[0] === y.name
}

const first = (value: Value): Value => value.graph.value(value.graph.producer(value)!.inputs[0]!)

export const poolingFamily: Family = {
  MaxPool: { infer: inferPool, gradient: maxPool },
  AveragePool: { infer: (call) => inferPool(call)[0]!, gradient: averagePool },
  MaxUnpool: {
    infer: (call) => {
      const { dtype, shape } = call.input(0)
      if (call.inputs[2] || !shape) return { dtype, shape: call.known(2) }
      const { kernel, strides, begins, ends } = poolWindow(call)
      const sides = shape
        .slice(2)
        .map((side, axis) => plus(times(plus(side, -1), strides[axis]!), kernel[axis]! - begins[axis]! - ends[axis]!))
      return { dtype, shape: [...shape.slice(0, 2), ...sides] }
    },
    gradient: (call, g) => reshapeLike(g.reshape([-1]).gather(0, call.input(1)), call.input(0)),
  },
  LpPool: {
    infer: (call) => inferPool(call)[0]!,
    expand: (call) => {
      const p = call.int('p', 2)
      const window = poolWindow(call)
      const attributes = { ...windowAttributes(window), ceil_mode: call.int('ceil_mode'), count_include_pad: 1 }
      const means = call.input(0).abs().pow(p).op('AveragePool', [], attributes)
      return means.mul(window.kernel.reduce((a, b) => a * b, 1)).pow(1 / p)
    },
  },
  GlobalLpPool: {
    infer: inferGlobal,
    expand: (call) => {
      const [x, p] = [call.input(0), call.int('p', 2)]
      return x
        .abs()
        .pow(p)
        .sum(range(x.rank - 2, 2))
        .pow(1 / p)
    },
  },
  GlobalAveragePool: {
    infer: inferGlobal,
    gradient: (call, g) => {
      const x = call.input(0)
      const axes = range(x.rank - 2, 2)
      const sides = axes.map((axis) => x.shape![axis]!)
      const count = sides.every((side) => typeof side === 'number')
        ? sides.reduce((a, b) => a * b, 1)
        : x.sizes(axes).op('ReduceProd', [], { keepdims: 0 }).cast(x.dtype)
      return g.div(count).expand(x.sizes())
    },
  },
  GlobalMaxPool: {
    infer: inferGlobal,
    gradient: (call, g) => {
      const x = call.input(0)
      const flat = x.op('Flatten', [], { axis: 2 })
      const rows = flat.op('ArgMax', [], { axis: 1, keepdims: 1 })
      const scattered = x.graph.op('ScatterElements', [zerosLike(flat), rows, reshapeLike(g, rows)], { axis: 1 })
      return reshapeLike(scattered, x)
    },
  },
}
