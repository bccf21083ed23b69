import type { Dimension } from '../model.js'
import { over, plus, range } from '../shapes.js'
import type { Call } from './call.js'

/** A sliding window over the spatial axes: the attributes that convolutions and pools share, with their defaults. */
export interface Window {
  readonly kernel: readonly number[]
  readonly strides: readonly number[]
  readonly dilations: readonly number[]
  readonly begins: readonly number[]
  readonly ends: readonly number[]
}

/** The span of a kernel with its dilation. */
export const extent = (kernel: number, dilation: number): number => (kernel - 1) * dilation + 1

/**
 * The window of a convolution or pool over `sides`, the spatial sides of its input; auto_pad is turned into pads.
 *
 * @throws GraphError `shape` when pads depend on a side that is not known.
 */
export function windowOf(call: Call, kernel: readonly number[], sides: readonly Dimension[] | undefined): Window {
  const axes = range(kernel.length)
  const strides = call.ints('strides') ?? axes.map(() => 1)
  const dilations = call.ints('dilations') ?? axes.map(() => 1)
  const mode = call.string('auto_pad', 'NOTSET')
  if (mode === 'NOTSET' || mode === 'VALID') {
    const pads = mode === 'VALID' ? undefined : call.ints('pads')
    const at = (index: number) => pads?.[index] ?? 0
    return { kernel, strides, dilations, begins: axes.map(at), ends: axes.map((axis) => at(axis + kernel.length)) }
  }
  const totals = axes.map((axis) => {
    const [stride, span] = [strides[axis]!, extent(kernel[axis]!, dilations[axis]!)]
    const side = sides?.[axis]
    if (stride === 1) return span - 1
    if (typeof side !== 'number')
      throw call.error(
        'shape',
        `has auto_pad ${mode} and stride ${stride}, whose pads need the size of its input: give the input shapes`,
      )
    return Math.max((Math.ceil(side / stride) - 1) * stride + span - side, 0)
  })
  const small = totals.map((total) => Math.floor(total / 2))
  const large = totals.map((total, axis) => total - small[axis]!)
  return mode === 'SAME_UPPER'
    ? { kernel, strides, dilations, begins: small, ends: large }
    : { kernel, strides, dilations, begins: large, ends: small }
}

/** Positions of a window along a side. */
export function slots(
  side: Dimension,
  { kernel, strides, dilations, begins, ends }: Window,
  axis: number,
  ceil = false,
): Dimension {
  const [stride, begin, end] = [strides[axis]!, begins[axis]!, ends[axis]!]
  const room = plus(side, begin + end - extent(kernel[axis]!, dilations[axis]!))
  const count = plus(over(room, stride, ceil), 1)
  // With ceil, a window that would start beyond the input and its first pad is left out.
  const late = ceil && typeof count === 'number' && typeof side === 'number' && (count - 1) * stride >= side + begin
  return late ? plus(count, -1) : count
}

/** The attributes of a window as ONNX writes them. */
export const windowAttributes = ({ kernel, strides, dilations, begins, ends }: Window) => ({
  kernel_shape: kernel,
  strides,
  dilations,
  pads: [...begins, ...ends],
})
