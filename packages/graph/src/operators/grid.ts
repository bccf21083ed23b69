import { range } from '../shapes.js'
import type { Value } from '../value.js'
import type { Call, Family } from './call.js'

/** Pixel positions from a coordinate of a grid, which runs from -1 to 1. */
function unnormalised(coordinate: Value, side: number, align: boolean): Value {
  const shifted = coordinate.add(1)
  return align ? shifted.mul((side - 1) / 2) : shifted.mul(side).sub(1).mul(0.5)
}

/** Positions beyond the borders, brought back inside as the padding mode says; zero padding leaves them. */
function padded(position: Value, side: number, mode: string, align: boolean): Value {
  if (mode === 'border') return position.clip(0, side - 1)
  if (mode !== 'reflection') return position
  const [low, high] = align ? [0, side - 1] : [-0.5, side - 0.5]
  const span = high - low
  if (span === 0) return position.mul(0)
  const distance = position.sub(low).abs()
  const turns = distance.div(span).op('Floor')
  const rest = distance.sub(turns.mul(span))
  const odd = turns.sub(turns.mul(0.5).op('Floor').mul(2)).greater(0.5)
  return odd.where(rest.neg().add(high), rest.add(low)).clip(0, side - 1)
}

/** The pixel (column, row), both [N, ...grid] of whole numbers, of every channel: [N, C, ...grid]; 0 where it is outside. */
function pixel(x: Value, columns: Value, rows: Value): Value {
  const [batch, channels, height, width] = x.sides() as readonly [number, number, number, number]
  const [, ...grid] = columns.sides()
  const inside = columns
    .greater(-0.5)
    .op('And', [columns.less(width - 0.5)])
    .op('And', [rows.greater(-0.5)])
    .op('And', [rows.less(height - 0.5)])
  const flat = rows
    .clip(0, height - 1)
    .mul(width)
    .add(columns.clip(0, width - 1))
    .cast('int64')
  const indices = flat.reshape([batch, 1, -1]).expand([batch, channels, grid.reduce((a, b) => a * b, 1)])
  const found = x
    .reshape([batch, channels, -1])
    .op('GatherElements', [indices], { axis: 2 })
    .reshape([batch, channels, ...grid])
  return found.mul(inside.cast(x.dtype).unsqueeze([1]))
}

interface Tap {
  readonly at: Value
  readonly weight: Value
}

/** Positions and weights along one axis. */
function taps(position: Value, mode: string): readonly Tap[] {
  if (mode === 'nearest') return [{ at: position.op('Round'), weight: position.mul(0).add(1) }]
  const low = position.op('Floor')
  const t = position.sub(low)
  if (mode === 'linear' || mode === 'bilinear') {
    return [
      { at: low, weight: t.neg().add(1) },
      { at: low.add(1), weight: t },
    ]
  }
  const a = -0.75
  const near = (d: Value) =>
    d
      .mul(a + 2)
      .sub(a + 3)
      .mul(d)
      .mul(d)
      .add(1)
  const far = (d: Value) =>
    d
      .mul(a)
      .sub(5 * a)
      .mul(d)
      .add(8 * a)
      .mul(d)
      .sub(4 * a)
  return range(4, -1).map((offset) => {
    const distance = offset <= 0 ? t.sub(offset) : t.neg().add(offset)
    return {
      at: offset === 0 ? low : low.add(offset),
      weight: offset === 0 || offset === 1 ? near(distance) : far(distance),
    }
  })
}

export const gridFamily: Family = {
  GridSample: {
    infer: (call) => {
      const [x, grid] = [call.input(0).shape, call.input(1).shape]
      return { dtype: call.input(0).dtype, shape: x && grid && [...x.slice(0, 2), ...grid.slice(1, -1)] }
    },
    expand: (call) => sampled(call),
  },
}

function sampled(call: Call): Value {
  const [x, grid] = [call.input(0), call.input(1)]
  const mode = call.string('mode', 'linear')
  const padding = call.string('padding_mode', 'zeros')
  const align = call.flag('align_corners')
  if (x.rank !== 4)
    throw call.error('unsupported', `samples a tensor of rank ${x.rank}; its gradient is there for rank 4 only`)
  const [height, width] = x.sides().slice(2) as unknown as readonly [number, number]
  const cubic = mode === 'cubic' || mode === 'bicubic'
  const axis = (index: number, side: number) => {
    const coordinate = grid
      .slice([3], [index], [index + 1])
      .squeeze([3])
      .cast(x.dtype)
    const position = unnormalised(coordinate, side, align)
    // The cubic kernel pads each of its taps, the others the position itself.
    if (!cubic) return taps(padded(position, side, padding, align), mode)
    return taps(position, mode).map(({ at, weight }) => ({ at: padded(at, side, padding, align), weight }))
  }
  const columns = axis(0, width)
  const rows = axis(1, height)
  const terms = rows.flatMap((row) =>
    columns.map((column) => pixel(x, column.at, row.at).mul(row.weight.mul(column.weight).unsqueeze([1]))),
  )
  return terms.slice(1).reduce((sum, term) => sum.add(term), terms[0]!)
}
