import type { Dimension } from '../model.js'
import { plus, range, sameShape, times } from '../shapes.js'
import type { Type, Value } from '../value.js'
import { blocked } from './blocked.js'
import type { Call, Family } from './call.js'
import { extent, slots, type Window, windowAttributes, windowOf } from './window.js'

const spatial = (call: Call) => call.input(0).shape?.slice(2)
const convWindow = (call: Call): Window => windowOf(call, call.input(1).sides().slice(2), spatial(call))

function inferConv(call: Call): Type {
  const [x, w] = [call.input(0), call.input(1)]
  if (!x.shape || !w.shape) return { dtype: x.dtype }
  const [channels, inner] = [x.shape[1], w.shape[1]]
  const group = call.int('group', 1)
  if (x.rank !== w.rank || (typeof channels === 'number' && typeof inner === 'number' && channels !== inner * group)) {
    throw call.error(
      'shape',
      `convolves [${x.shape}] with weights [${w.shape}] in ${group} group(s): expected ${Number(inner) * group} input channels`,
    )
  }
  const window = convWindow(call)
  return {
    dtype: x.dtype,
    shape: [x.shape[0]!, w.shape[0]!, ...x.shape.slice(2).map((side, axis) => slots(side, window, axis))],
  }
}

/** Sums over everything but the channels: the gradient of a bias. */
const overChannels = (g: Value): Value => g.sum([0, ...range(g.rank - 2, 2)], { keep: false })

/** Swaps the first two axes within each group: [g * a, b, ...] to [g * b, a, ...]. */
function swapped(value: Value, group: number): Value {
  const [first, second, ...rest] = value.sides()
  const spatial = range(rest.length, 2)
  if (group === 1) return value.transpose([1, 0, ...spatial])
  const split = value.reshape([group, first! / group, second!, ...rest])
  return split
    .transpose([0, 2, 1, ...spatial.map((axis) => axis + 1)])
    .reshape([group * second!, first! / group, ...rest])
}

/** Mirrors the spatial axes of a kernel that are longer than 1. */
const mirrored = (weight: Value): Value => {
  const sides = weight.sides()
  return weight.flip(range(sides.length - 2, 2).filter((axis) => sides[axis]! > 1))
}

/**
 * The gradient of a convolution with respect to its input, in the form that onnxruntime computes fastest. At stride 1 that
 * is a convolution with the kernel mirrored and its channels swapped, which runs in its blocked layout; at other strides a
 * convolution for each phase, or a transposed convolution where those cannot be had or gain nothing.
 */
function toInput(g: Value, weight: Value, x: Value, window: Window, group: number): Value {
  const { kernel, strides, dilations, begins, ends } = window
  const spans = kernel.map((size, axis) => extent(size, dilations[axis]!))
  const full = (pads: readonly number[]) => pads.map((pad, axis) => spans[axis]! - 1 - pad)
  const inside = [...full(begins), ...full(ends)].every((pad) => pad >= 0)
  if (strides.every((stride) => stride === 1) && inside) {
    const turned = mirrored(swapped(weight, group))
    return g.op('Conv', [turned], { ...windowAttributes({ ...window, begins: full(begins), ends: full(ends) }), group })
  }
  const interleaved = byPhases(g, weight, x, window, group)
  if (interleaved) return interleaved
  const sides = x.sides().slice(2)
  const slot = g.sides().slice(2)
  const rest = sides.map(
    (side, axis) => side + begins[axis]! + ends[axis]! - ((slot[axis]! - 1) * strides[axis]! + spans[axis]!),
  )
  return blocked(g.op('ConvTranspose', [weight], { ...windowAttributes(window), group, output_padding: rest }))
}

/** What each phase of the input, its positions that differ by multiples of the stride, has of the kernel along one axis. */
interface Phase {
  /** The first tap that the phase meets; the others follow at every stride. */
  readonly tap: number
  readonly taps: number
  readonly begin: number
  readonly end: number
}

function phasesOf(side: number, slot: number, { kernel, strides, begins }: Window, axis: number): readonly Phase[] {
  const [size, stride, pad] = [kernel[axis]!, strides[axis]!, begins[axis]!]
  const count = Math.ceil(side / stride)
  return range(stride).map((first) => {
    const tap = (first + pad) % stride
    const shift = (first + pad - tap) / stride
    const taps = Math.ceil((size - tap) / stride)
    return { tap, taps, begin: taps - 1 - shift, end: count + shift - slot }
  })
}

/** The window that has every phase's in it, and with it the same number of positions. */
function around(phases: readonly Phase[]): Phase {
  const most = (of: (phase: Phase) => number) => Math.max(...phases.map(of))
  const [begin, end] = [most((phase) => phase.begin), most((phase) => phase.end)]
  return { tap: 0, taps: begin + most(({ taps, begin }) => taps - begin), begin, end }
}

// onnxruntime computes whole blocks of output channels.
const inBlocks = (channels: number): number => Math.ceil(channels / 16) * 16

/**
 * Input positions that differ by a multiple of the stride meet the same taps of the kernel: each such phase is a
 * convolution of the cotangent with every stride-th tap, and the phases are interleaved. Where there are few channels, as
 * in a first layer, one convolution with the taps of all phases is less work, since their channels fill blocks together.
 * Undefined where that cannot be written as convolutions or gains nothing.
 */
function byPhases(g: Value, weight: Value, x: Value, window: Window, group: number): Value | undefined {
  const { kernel, strides, dilations } = window
  const stride = strides[0]!
  const square = strides.length === 2 && strides[1] === stride && dilations.every((step) => step === 1)
  if (!square || kernel.some((size) => size < stride)) return undefined
  const [channels, ...sides] = x.sides().slice(1) as [number, number, number]
  const [rows, columns] = sides.map((side, axis) => phasesOf(side, g.sides()[axis + 2]!, window, axis)) as [
    readonly Phase[],
    readonly Phase[],
  ]
  const [row, column] = [around(rows), around(columns)]
  const apart = inBlocks(channels) * kernel[0]! * kernel[1]!
  const together = group === 1 && inBlocks(channels * stride ** 2) * row.taps * column.taps < apart
  const used = together ? [row, column] : [...rows, ...columns]
  if (used.some(({ begin, end }) => begin < 0 || end < 0)) return undefined
  const turned = swapped(weight, group)
  const limit = 2 ** 31 - 1
  const parts = rows.flatMap((row) =>
    columns.map((column) => ({
      row,
      column,
      taps: mirrored(turned.slice([2, 3], [row.tap, column.tap], [limit, limit], [stride, stride])),
    })),
  )
  const convolve = (taps: Value, row: Phase, column: Phase) =>
    g.op('Conv', [taps], {
      kernel_shape: [row.taps, column.taps],
      pads: [row.begin, column.begin, row.end, column.end],
      group,
    })
  const phases = together
    ? convolve(
        g.graph.concat(
          parts.map((part) => within(part, row, column)),
          0,
        ),
        row,
        column,
      )
    : g.graph.concat(
        parts.map(({ taps, row, column }) => convolve(taps, row, column)),
        1,
      )
  const whole = phases.op('DepthToSpace', [], { blocksize: stride })
  return blocked(sameShape(whole.shape, x.shape) ? whole : whole.slice([2, 3], [0, 0], sides))
}

/** The taps of a phase, in the window that has every phase's in it. */
function within(part: { taps: Value; row: Phase; column: Phase }, row: Phase, column: Phase): Value {
  const [top, left] = [row.begin - part.row.begin, column.begin - part.column.begin]
  return part.taps.pad([top, left, row.taps - top - part.row.taps, column.taps - left - part.column.taps])
}

/** Every place of a kernel: [0, 0], [0, 1], ... */
const tapsOf = (kernel: readonly number[]): readonly (readonly number[])[] =>
  kernel.reduce<number[][]>((taps, size) => taps.flatMap((tap) => range(size).map((k) => [...tap, k])), [[]])

/** Taps beyond which {@link byTaps}, which takes three nodes for each, is no way to write a gradient. */
const MOST_TAPS = 128

/**
 * The gradient of a convolution without groups with respect to its weight: at each tap the product of the cotangent with what that tap has
 * seen of the input, summed over batch and places.
 */
function byTaps(g: Value, x: Value, window: Window): Value {
  const { kernel, strides, dilations, begins, ends } = window
  const channels = x.sides()[1]!
  const [, outputs, ...slot] = g.sides() as [number, number, ...number[]]
  const axes = range(slot.length, 2)
  const places = axes.map((axis) => axis - 1)
  const last = x.pad([...begins, ...ends]).transpose([0, ...axes, 1])
  const cotangent = g.transpose([1, 0, ...axes]).reshape([outputs, -1])
  const products = tapsOf(kernel).map((tap) => {
    const from = tap.map((k, axis) => k * dilations[axis]!)
    const to = from.map((start, axis) => start + (slot[axis]! - 1) * strides[axis]! + 1)
    const seen = last.slice(places, from, to, strides).reshape([-1, channels])
    return cotangent.matmul(seen).reshape([outputs, channels, 1])
  })
  return g.graph.concat(products, 2).reshape([outputs, channels, ...kernel])
}

/**
 * The gradient of a convolution with respect to its weight: a convolution of the input with the cotangent in which
 * batch and channels change places, and strides and dilations too; for small kernels {@link byTaps}, which is faster.
 */
function toWeight(g: Value, x: Value, window: Window, group: number): Value {
  if (group === 1 && tapsOf(window.kernel).length <= MOST_TAPS) return byTaps(g, x, window)
  const { kernel, strides, dilations, begins, ends } = window
  const [batch, channels, ...sides] = x.sides()
  const axes = range(sides.length, 2)
  const turn = (value: Value, parts: number) => value.transpose([1, 0, ...range(parts, 2)])
  const inner = channels! / group
  const split = x.reshape([batch!, group, inner, ...sides]).transpose([2, 1, 0, ...axes.map((axis) => axis + 1)])
  const input = group === 1 ? turn(x, sides.length) : split.reshape([inner, group * batch!, ...sides])
  const sum = input.op('Conv', [turn(g, sides.length)], {
    ...windowAttributes({ kernel: g.sides().slice(2), strides: dilations, dilations: strides, begins, ends }),
    group,
  })
  // Input elements that no window reached leave slots too many behind.
  const wanted = [inner, g.sides()[1]!, ...kernel]
  const exact = sameShape(sum.shape, wanted)
    ? sum
    : sum.slice(
        axes,
        axes.map(() => 0),
        kernel,
      )
  return turn(exact, sides.length)
}

/** Pads, output padding and output sides of a transposed convolution. */
function transposed(call: Call): { window: Window; sides: readonly Dimension[]; extra: readonly number[] } {
  const kernel = call.input(1).sides().slice(2)
  const axes = range(kernel.length)
  const strides = call.ints('strides') ?? axes.map(() => 1)
  const dilations = call.ints('dilations') ?? axes.map(() => 1)
  const extra = call.ints('output_padding') ?? axes.map(() => 0)
  const input = call.input(0).shape!.slice(2)
  const mode = call.string('auto_pad', 'NOTSET')
  const asked = call.ints('output_shape')?.slice(-kernel.length)
  const full = axes.map((axis) =>
    plus(times(plus(input[axis]!, -1), strides[axis]!), extra[axis]! + extent(kernel[axis]!, dilations[axis]!)),
  )
  const pads = call.ints('pads') ?? axes.flatMap(() => [0, 0])
  let [begins, ends] = [pads.slice(0, kernel.length), pads.slice(kernel.length)]
  if (mode === 'VALID') [begins, ends] = [axes.map(() => 0), axes.map(() => 0)]
  else if (asked || mode !== 'NOTSET') {
    const totals = axes.map((axis) => {
      const [whole, side] = [full[axis]!, input[axis]!]
      const target = asked?.[axis] ?? (typeof side === 'number' ? side * strides[axis]! : undefined)
      if (typeof whole !== 'number' || target === undefined)
        throw call.error('shape', 'has pads that depend on the size of its input: give the input shapes')
      return Math.max(whole - target, 0)
    })
    const small = totals.map((total) => Math.floor(total / 2))
    const large = totals.map((total, axis) => total - small[axis]!)
    ;[begins, ends] = mode === 'SAME_UPPER' ? [small, large] : [large, small]
  }
  const sides = asked ?? full.map((side, axis) => plus(side, -begins[axis]! - ends[axis]!))
  return { window: { kernel, strides, dilations, begins, ends }, sides, extra }
}

export const convolutionFamily: Family = {
  Conv: {
    infer: inferConv,
    gradient: (call, g) => {
      const [x, weight] = [call.input(0), call.input(1)]
      const window = convWindow(call)
      const group = call.int('group', 1)
      return [
        call.needs(0) ? toInput(g, weight, x, window, group) : undefined,
        call.needs(1) ? toWeight(g, x, window, group) : undefined,
        call.needs(2) ? overChannels(g) : undefined,
      ]
    },
  },
  ConvTranspose: {
    infer: (call) => {
      const [x, w] = [call.input(0), call.input(1)]
      if (!x.shape || !w.shape) return { dtype: x.dtype }
      return {
        dtype: x.dtype,
        shape: [x.shape[0]!, times(w.shape[1]!, call.int('group', 1)), ...transposed(call).sides],
      }
    },
    gradient: (call, g) => {
      const [x, weight] = [call.input(0), call.input(1)]
      const { window } = transposed(call)
      const group = call.int('group', 1)
      const back = () => {
        const full = g.op('Conv', [weight], { ...windowAttributes(window), group })
        const sides = x.shape!.slice(2)
        const axes = range(sides.length, 2)
        return sameShape(full.shape, x.shape)
          ? full
          : full.slice(
              axes,
              axes.map(() => 0),
              x.sizes(axes),
            )
      }
      return [
        call.needs(0) ? back() : undefined,
        // The cotangent plays the input's part and the input the cotangent's.
        call.needs(1) ? toWeight(x, g, window, group) : undefined,
        call.needs(2) ? overChannels(g) : undefined,
      ]
    },
  },
}
