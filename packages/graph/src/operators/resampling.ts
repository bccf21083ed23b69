import { range } from '../shapes.js'

/** How one axis is resized, in the words of ONNX's Resize. */
export interface Axis {
  readonly from: number
  readonly to: number
  readonly scale: number
  readonly mode: string
  readonly coordinates: string
  readonly nearest: string
  readonly cubic: number
  readonly excludeOutside: boolean
  readonly antialias: boolean
  readonly roi: readonly [number, number]
}

export interface Tap {
  readonly at: number
  readonly weight: number
}

/** The elements, and their weights, that each element of a resized axis is made of; none where it is extrapolated. */
export function taps(axis: Axis): readonly (readonly Tap[])[] {
  return range(axis.to).map((index) => {
    const x = coordinate(axis, index)
    if (axis.coordinates === 'tf_crop_and_resize' && (x < 0 || x > axis.from - 1)) return []
    if (axis.mode === 'nearest') return [{ at: clamp(nearest(axis.nearest, x), axis), weight: 1 }]
    if (axis.from === axis.to && axis.scale === 1 && axis.coordinates !== 'tf_crop_and_resize')
      return [{ at: index, weight: 1 }]
    if (axis.antialias) return filtered(axis, x)
    return axis.mode === 'linear' ? linear(axis, x) : cubic(axis, x)
  })
}

const clamp = (at: number, { from }: Axis): number => Math.min(Math.max(at, 0), from - 1)

// onnxruntime computes coordinates in single precision, which decides ties of `nearest`.
const f = Math.fround

function coordinate({ from, to, scale, coordinates, roi: [start, end] }: Axis, index: number): number {
  switch (coordinates) {
    case 'asymmetric':
      return f(index / f(scale))
    case 'tf_half_pixel_for_nn': // up to operator set 12, and still understood by onnxruntime
      return f(f(index + 0.5) / f(scale))
    case 'pytorch_half_pixel':
      return to > 1 ? f(f(f(index + 0.5) / f(scale)) - 0.5) : 0
    case 'align_corners':
      return to === 1 ? 0 : f(f(index * (from - 1)) / (to - 1))
    case 'tf_crop_and_resize':
      if (to > 1) return start * (from - 1) + (index * (end - start) * (from - 1)) / (to - 1)
      return 0.5 * (start + end) * (from - 1)
    case 'half_pixel_symmetric': {
      const offset = (from / 2) * (1 - to / (scale * from))
      return f(offset + f(f(f(index + 0.5) / f(scale)) - 0.5))
    }
    default:
      return f(f(f(index + 0.5) / f(scale)) - 0.5)
  }
}

function nearest(mode: string, x: number): number {
  switch (mode) {
    case 'floor':
      return Math.floor(x)
    case 'ceil':
      return Math.ceil(x)
    case 'round_prefer_ceil':
      return Math.floor(x + 0.5)
    default:
      return Math.ceil(x - 0.5)
  }
}

function linear(axis: Axis, x: number): readonly Tap[] {
  const inside = Math.min(Math.max(x, 0), axis.from - 1)
  const low = Math.floor(inside)
  const rest = inside - low
  return [
    { at: low, weight: 1 - rest },
    { at: Math.min(low + 1, axis.from - 1), weight: rest },
  ]
}

/** Keys' cubic convolution kernel with parameter a. */
function keys(distance: number, a: number): number {
  const d = Math.abs(distance)
  if (d <= 1) return ((a + 2) * d - (a + 3)) * d * d + 1
  return d < 2 ? ((a * d - 5 * a) * d + 8 * a) * d - 4 * a : 0
}

function cubic(axis: Axis, x: number): readonly Tap[] {
  const low = Math.floor(x)
  const all = range(4, low - 1).map((at) => ({ at, weight: keys(x - at, axis.cubic) }))
  return settled(axis, all)
}

/** A kernel as wide as the resized pixel is in the input: what antialiased downscaling averages over. */
function filtered(axis: Axis, x: number): readonly Tap[] {
  const width = Math.max(1, 1 / axis.scale)
  const support = (axis.mode === 'linear' ? 1 : 2) * width
  const first = Math.floor(x + 0.5 - support)
  const last = Math.ceil(x + 0.5 + support)
  const kernel = (d: number) => (axis.mode === 'linear' ? Math.max(0, 1 - Math.abs(d)) : keys(d, axis.cubic))
  const all = range(last - first, first).map((at) => ({ at, weight: kernel((at - x) / width) }))
  const total = all.reduce((sum, { weight }) => sum + weight, 0)
  return settled(
    axis,
    all.map(({ at, weight }) => ({ at, weight: weight / total })),
  )
}

/** Taps outside of the axis fall on its border, or are left out and the others made to sum to 1. */
function settled(axis: Axis, all: readonly Tap[]): readonly Tap[] {
  if (!axis.excludeOutside) return all.map(({ at, weight }) => ({ at: clamp(at, axis), weight }))
  const inside = all.filter(({ at }) => at >= 0 && at < axis.from)
  const total = inside.reduce((sum, { weight }) => sum + weight, 0)
  return inside.map(({ at, weight }) => ({ at, weight: weight / total }))
}
