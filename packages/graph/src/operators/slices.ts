import type { Dimension } from '../model.js'
import { axisOf, over, plus, range } from '../shapes.js'
import type { Type, Value } from '../value.js'
import type { Call, Family } from './call.js'

export interface Cut {
  readonly axis: number
  readonly start: Dimension
  readonly end: Dimension
  readonly step: number
}

/** What a Slice does to each of its axes; an undefined list where that is not known before running. */
export function cutsOf(call: Call): readonly Cut[] | undefined {
  const [starts, ends] = [call.known(1), call.known(2)]
  const { shape } = call.input(0)
  if (!shape || !starts || !ends) return undefined
  const axes = call.numbers(3) ?? range(starts.length)
  const steps = call.numbers(4) ?? axes.map(() => 1)
  return axes.map((axis, index) => ({
    axis: axisOf(axis, shape.length),
    start: starts[index]!,
    end: ends[index]!,
    step: steps[index]!,
  }))
}

/** First position, number of positions and step of a cut along a side whose length is known. */
export function positions(side: number, { start, end, step }: Cut): { first: number; count: number } | undefined {
  if (typeof start !== 'number' || typeof end !== 'number') return undefined
  const wrap = (at: number) => (at < 0 ? at + side : at)
  const within = (at: number, low: number, high: number) => Math.min(Math.max(at, low), high)
  const [first, last] =
    step > 0
      ? [within(wrap(start), 0, side), within(wrap(end), 0, side)]
      : [within(wrap(start), -1, side - 1), within(wrap(end), -1, side - 1)]
  return { first, count: Math.max(0, Math.ceil((last - first) / step)) }
}

function cutSide(side: Dimension, cut: Cut, unknown: string): Dimension {
  if (typeof side === 'number') return positions(side, cut)?.count ?? unknown
  const { start, end, step } = cut
  const whole = typeof end === 'number' && (step < 0 ? end <= -(2 ** 31) : end >= 2 ** 31 - 1)
  if (start === -1 && step === -1 && whole) return side
  // x[a:] and x[a:-b] of a side too long to be cut short: how networks crop.
  if (step > 0 && typeof start === 'number' && start >= 0 && whole) return over(plus(side, -start), step, true)
  if (step > 0 && typeof start === 'number' && start >= 0 && typeof end === 'number' && end < 0)
    return over(plus(side, end - start), step, true)
  if (step === 1 && start === 0 && end === side) return side
  return unknown
}

function inferSlice(call: Call): Type {
  const { dtype, shape, known } = call.input(0).type
  const cuts = cutsOf(call)
  const name = call.node.outputs[0]
  if (!shape) return { dtype }
  if (!cuts) return { dtype, shape: shape.map((_, axis) => `${name}.${axis}`) }
  const sides = shape.map((side, axis) => {
    const cut = cuts.find((other) => other.axis === axis)
    return cut ? cutSide(side, cut, `${name}.${axis}`) : side
  })
  const span = known && shape.length === 1 && typeof shape[0] === 'number' ? positions(shape[0], cuts[0]!) : undefined
  return {
    dtype,
    shape: sides,
    known: span && range(span.count).map((index) => known![span.first + index * cuts[0]!.step]!),
  }
}

/** Puts the elements of a cut back where they came from along one axis of length `side`, zeros elsewhere. */
function place(g: Value, axis: number, side: number, first: number, count: number, step: number): Value {
  if (count === 0)
    return g.graph.constant(0, g.dtype).expand(g.sides().map((length, other) => (other === axis ? side : length)))
  const forward = step > 0 ? g : g.flip([axis])
  const stride = Math.abs(step)
  const lowest = step > 0 ? first : first + (count - 1) * step
  const along = (before: number, after: number, value: Value, at = axis) => {
    const pads = new Array<number>(2 * value.rank).fill(0)
    pads[at] = before
    pads[at + value.rank] = after
    return value.pad(pads)
  }
  if (stride === 1) return along(lowest, side - lowest - count, forward)
  // Spread the elements: each gets stride - 1 zeros behind it, in an axis of their own that is then merged.
  const sides = [...g.sides()]
  sides[axis] = count * stride
  const spread = along(0, stride - 1, forward.unsqueeze([axis + 1]), axis + 1).reshape(sides)
  return along(lowest, side - lowest - count * stride, spread)
}

/** Start of the symmetric, reflected or repeated part of a padded axis and how it folds back onto the inner part. */
function fold(g: Value, axis: number, side: number, before: number, after: number, mode: string): Value {
  const take = (start: number, end: number) => g.slice([axis], [start], [end])
  const inner = (value: Value, start: number) => place(value, axis, side, start, value.sides()[axis]!, 1)
  if (mode === 'wrap') {
    const total = before + side + after
    const turns = range(Math.ceil(total / side) + 1).map((turn) => (before % side) - side + turn * side)
    const parts = turns
      .map((start) => ({ start, from: Math.max(start, 0), to: Math.min(start + side, total) }))
      .filter(({ from, to }) => from < to)
      .map(({ start, from, to }) => inner(take(from, to), from - start))
    return parts.reduce((sum, value) => sum.add(value))
  }
  let sum = take(before, before + side)
  if (mode === 'edge') {
    if (before > 0) sum = sum.add(inner(take(0, before).sum([axis]), 0))
    if (after > 0) sum = sum.add(inner(take(before + side, before + side + after).sum([axis]), side - 1))
  } else if (mode === 'reflect') {
    if (before > 0) sum = sum.add(inner(take(0, before).flip([axis]), 1))
    if (after > 0) sum = sum.add(inner(take(before + side, before + side + after).flip([axis]), side - 1 - after))
  }
  return sum
}

/** Pads at both ends of every axis. */
function padsOf(call: Call): readonly (readonly [number, number])[] {
  const pads = call.numbers(1)!
  const { rank } = call.input(0)
  const axes = call.numbers(3)?.map((axis) => axisOf(axis, rank)) ?? range(rank)
  return range(rank).map((axis) => {
    const index = axes.indexOf(axis)
    return index < 0 ? [0, 0] : [pads[index]!, pads[index + axes.length]!]
  })
}

export const sliceFamily: Family = {
  Slice: {
    infer: inferSlice,
    gradient: (call, g) => {
      const sides = call.input(0).sides()
      const cuts = cutsOf(call)
      if (!cuts) {
        call.numbers(1)
        call.numbers(2)
      }
      return cuts!.reduce((value, cut) => {
        const side = sides[cut.axis]!
        const span = positions(side, cut)
        if (!span) throw call.error('shape', 'has bounds that are not known before running: give the input shapes')
        return place(value, cut.axis, side, span.first, span.count, cut.step)
      }, g)
    },
  },
  Pad: {
    infer: (call) => {
      const { dtype, shape } = call.input(0)
      if (!shape) return { dtype }
      if (!call.known(1)?.every((pad) => typeof pad === 'number'))
        return { dtype, shape: shape.map((_, axis) => `${call.node.outputs[0]}.${axis}`) }
      return { dtype, shape: padsOf(call).map(([before, after], axis) => plus(shape[axis]!, before + after)) }
    },
    gradient: (call, g) => {
      const pads = padsOf(call)
      const mode = call.string('mode', 'constant')
      const fill = call.inputs[2]
      const inner = (value: Value) =>
        value.pad([...pads.map(([before]) => -before), ...pads.map(([, after]) => -after)])
      const toX = () => {
        if (mode === 'constant' || pads.every(([before, after]) => before <= 0 && after <= 0)) return inner(g)
        // What is cropped is gone before the rest is padded.
        const crops = pads.map(([before, after]) => [Math.min(before, 0), Math.min(after, 0)] as const)
        const sides = call
          .input(0)
          .sides()
          .map((side, axis) => side + crops[axis]![0] + crops[axis]![1])
        const folded = pads.reduce((value, pad, axis) => {
          const [before, after] = pad.map((count) => Math.max(count, 0)) as [number, number]
          const side = sides[axis]!
          if (mode === 'reflect' && (before >= side || after >= side)) {
            throw call.error(
              'unsupported',
              `reflects ${Math.max(before, after)} of ${side} elements: more than there are`,
            )
          }
          return before === 0 && after === 0 ? value : fold(value, axis, side, before, after, mode)
        }, g)
        return folded.pad([...crops.map(([before]) => -before), ...crops.map(([, after]) => -after)])
      }
      return [
        call.needs(0) ? toX() : undefined,
        undefined,
        fill && call.needs(2)
          ? g
              .sum(undefined, { keep: false })
              .sub(inner(g).sum(undefined, { keep: false }))
              .op('Reshape', [call.graph.constant(fill.sides(), 'int64')])
          : undefined,
      ]
    },
  },
}
