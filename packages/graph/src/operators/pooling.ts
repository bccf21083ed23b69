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

/** A window whose last positions lie on pads where ceil_mode has them hang over: an average then counts all its elements. */
function whole(window: Window, call: Call): Window {
  if (!call.flag('ceil_mode')) return window
  const [sides, count] = [call.input(0).sides().slice(2), call.output(0).sides().slice(2)]
  const ends = window.ends.map((end, axis) => {
    const last = (count[axis]! - 1) * window.strides[axis]! + extent(window.kernel[axis]!, window.dilations[axis]!)
    return Math.max(end, last - sides[axis]! - window.begins[axis]!)
  })
  return { ...window, ends }
}

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
  const sides = x.sides().slice(2)
  const window = poolWindow(call)
  const slot = g.sides().slice(2)
  // Divide by the number of elements of each window, axis by axis, then give every element of it the same.
  const shares = sides.reduce((value, side, axis) => {
    const list = counts(side, slot[axis]!, window, axis, call.flag('count_include_pad'))
    if (list.every((count) => count === list[0])) return value.mul(1 / list[0]!)
    const shape = range(slot.length).map((other) => (other === axis ? slot[axis]! : 1))
    const parts = Float32Array.from(list, (count) => 1 / count)
    return value.mul(g.graph.constant({ dtype: 'float32', shape, data: parts }).cast(g.dtype))
  }, g)
  return slidingSum(shares, x, window) ?? repeated(shares, x, window) ?? spread(shares, x, window)
}

/** At stride 1 an element gets what the windows around it have: a sum over a mirrored window. */
function slidingSum(shares: Value, x: Value, { kernel, strides, dilations, begins }: Window): Value | undefined {
  if ([...strides, ...dilations].some((step) => step !== 1)) return undefined
  const [sides, slot] = [x.sides().slice(2), shares.sides().slice(2)]
  const before = kernel.map((size, axis) => size - 1 - begins[axis]!)
  const after = kernel.map((size, axis) => sides[axis]! - slot[axis]! - before[axis]! + size - 1)
  if ([...before, ...after].some((pad, index) => pad < 0 || pad >= kernel[index % kernel.length]!)) return undefined
  const pooled = shares.op('AveragePool', [], {
    kernel_shape: kernel,
    pads: [...before, ...after],
    count_include_pad: 1,
  })
  return pooled.mul(kernel.reduce((a, b) => a * b, 1))
}

/** Windows side by side: each share is repeated over its window. */
function repeated(shares: Value, x: Value, { kernel, strides, dilations, begins }: Window): Value | undefined {
  const plain = kernel.every((size, axis) => strides[axis] === size && dilations[axis] === 1 && begins[axis] === 0)
  if (!plain) return undefined
  const [sides, slot] = [x.sides(), shares.sides()]
  const apart = shares.unsqueeze(kernel.map((_, axis) => 2 * axis + 3))
  const wide = apart.expand([...slot.slice(0, 2), ...kernel.flatMap((size, axis) => [slot[axis + 2]!, size])])
  const whole = [...slot.slice(0, 2), ...kernel.map((size, axis) => slot[axis + 2]! * size)]
  const rest = whole.slice(2).map((side, axis) => sides[axis + 2]! - side)
  return wide.reshape(whole).pad([...kernel.map(() => 0), ...rest])
}

/** Any other windows: a transposed convolution of every channel by itself with ones. */
function spread(shares: Value, x: Value, window: Window): Value {
  const [batch, channels, ...sides] = x.sides()
  const slot = shares.sides().slice(2)
  const ones = x.graph.constant(1, x.dtype).expand([1, 1, ...window.kernel])
  // The last window may hang over beyond the pads (ceil_mode): take the whole spread, then cut the input out of it.
  const none = slot.map(() => 0)
  const whole = shares.reshape([batch! * channels!, 1, ...slot]).op('ConvTranspose', [ones], {
    ...windowAttributes({ ...window, begins: none, ends: none }),
  })
  const rest = sides.map((side, axis) => side + window.begins[axis]! - whole.sides()[axis + 2]!)
  return reshapeLike(whole.pad([...window.begins.map((begin) => -begin), ...rest]), x)
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
      const window = whole(poolWindow(call), call)
      const attributes = { ...windowAttributes(window), count_include_pad: 1 }
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
