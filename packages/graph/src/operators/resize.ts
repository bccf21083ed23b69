import type { Dimension } from '../model.js'
import { axisOf, range, times } from '../shapes.js'
import type { Type, Value } from '../value.js'
import type { Call, Family } from './call.js'
import { type Axis, type Tap, taps } from './resampling.js'

/** The axes that sizes, scales and roi speak of. */
const axesOf = (call: Call): readonly number[] => {
  const { rank } = call.input(0)
  return call.ints('axes')?.map((axis) => axisOf(axis, rank)) ?? range(rank)
}

/** The numbers of a constant input; undefined when it is left out or empty, or not constant. */
function constant(call: Call, index: number): readonly number[] | undefined {
  const found = call.numbersIfKnown(index)
  return found && found.length > 0 ? found : undefined
}

interface Target {
  readonly side: Dimension
  readonly scale: number | undefined
}

/** The new side and the scale of every axis, as far as they are known. */
function targets(call: Call): readonly Target[] | undefined {
  const { shape } = call.input(0)
  if (!shape) return undefined
  const axes = axesOf(call)
  const unknown = (axis: number) => `${call.node.outputs[0]}.${axis}`
  const scales = constant(call, 2)
  const sizes = call.known(3)
  const keep = (side: Dimension): Target => ({ side, scale: 1 })
  if (scales) {
    return shape.map((side, axis) => {
      const scale = scales[axes.indexOf(axis)] ?? 1
      if (typeof side === 'number') return { side: Math.floor(side * Math.fround(scale)), scale }
      return { side: Number.isInteger(scale) ? times(side, scale) : unknown(axis), scale }
    })
  }
  if (!sizes)
    return shape.map((side, axis) => (axes.includes(axis) ? { side: unknown(axis), scale: undefined } : keep(side)))
  const ratio = (axis: number) => {
    const [to, from] = [sizes[axes.indexOf(axis)], shape[axis]]
    return typeof to === 'number' && typeof from === 'number' ? to / from : undefined
  }
  const policy = call.string('keep_aspect_ratio_policy', 'stretch')
  if (policy === 'stretch') {
    return shape.map((side, axis) =>
      axes.includes(axis)
        ? { side: sizes[axes.indexOf(axis)]!, scale: side === sizes[axes.indexOf(axis)] ? 1 : ratio(axis) }
        : keep(side),
    )
  }
  const ratios = axes.map(ratio)
  if (!ratios.every((value) => value !== undefined))
    return shape.map((side, axis) => (axes.includes(axis) ? { side: unknown(axis), scale: undefined } : keep(side)))
  const common = policy === 'not_larger' ? Math.min(...ratios) : Math.max(...ratios)
  return shape.map((side, axis) =>
    axes.includes(axis) ? { side: Math.round(common * (side as number)), scale: common } : keep(side),
  )
}

function infer(call: Call): Type {
  return { dtype: call.input(0).dtype, shape: targets(call)?.map(({ side }) => side) }
}

function axisFor(call: Call, axis: number, from: number, { side, scale }: Target): Axis {
  if (typeof side !== 'number' || scale === undefined) {
    throw call.error('shape', 'resizes to a size that is not known before running: give the input shapes')
  }
  const axes = axesOf(call)
  const [roi, place] = [constant(call, 1), axes.indexOf(axis)]
  return {
    from,
    to: side,
    scale,
    mode: call.string('mode', 'nearest'),
    coordinates: call.string('coordinate_transformation_mode', 'half_pixel'),
    nearest: call.string('nearest_mode', 'round_prefer_floor'),
    cubic: call.float('cubic_coeff_a', -0.75),
    excludeOutside: call.flag('exclude_outside'),
    antialias: call.flag('antialias'),
    roi: place < 0 ? [0, 1] : [roi?.[place] ?? 0, roi?.[place + axes.length] ?? 1],
  }
}

/** Makes every element of an axis from its taps: repetition where that is what they say, else a matrix product. */
function along(x: Value, axis: number, rows: readonly (readonly Tap[])[]): Value {
  const sides = x.sides()
  const from = sides[axis]!
  const repeat = rows.length / from
  if (
    rows.every((row, index) => row.length === 1 && row[0]!.at === Math.floor(index / repeat)) &&
    Number.isInteger(repeat)
  ) {
    const wide = x.unsqueeze([axis + 1]).expand([...sides.slice(0, axis + 1), repeat, ...sides.slice(axis + 1)])
    return wide.reshape(sides.map((side, other) => (other === axis ? side * repeat : side)))
  }
  const data = new Float32Array(rows.length * from)
  rows.forEach((row, index) => {
    for (const { at, weight } of row) data[index * from + at]! += weight
  })
  const matrix = x.graph.constant({ dtype: 'float32', shape: [rows.length, from], data }).cast(x.dtype)
  if (axis === sides.length - 2) return matrix.matmul(x)
  if (axis === sides.length - 1) return x.matmul(matrix.transpose([1, 0]))
  const order = range(sides.length).map((other) =>
    other === axis ? sides.length - 1 : other === sides.length - 1 ? axis : other,
  )
  return x
    .transpose(order)
    .matmul(matrix.transpose([1, 0]))
    .transpose(order)
}

export const resizeFamily: Family = {
  Resize: {
    infer,
    // Resizing is linear and acts on one axis after another; what is extrapolated is constant.
    expand: (call) => {
      const sides = call.input(0).sides()
      const wanted = targets(call)!
      const changed = range(sides.length).filter(
        (axis) => axesOf(call).includes(axis) && !isPlain(call, sides[axis]!, wanted[axis]!),
      )
      return changed.reduceRight(
        (value, axis) => along(value, axis, taps(axisFor(call, axis, sides[axis]!, wanted[axis]!))),
        call.input(0),
      )
    },
  },
}

const isPlain = (call: Call, side: number, target: Target): boolean =>
  target.side === side && target.scale === 1 && call.string('coordinate_transformation_mode') !== 'tf_crop_and_resize'
