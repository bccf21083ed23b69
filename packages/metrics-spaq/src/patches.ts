import { resized } from '@cupel/backbones'
import type { Value } from '@cupel/graph'

const [side, stride] = [224, 112]

/**
 * The windows of 224 positions along an axis at 0, 112, 224, ... and at the end, as indices [windows, 224]: the last one is
 * aligned with the end, and left out where it is one of the others.
 */
function windows(x: Value, axis: number): Value {
  const g = x.graph
  const range = (count: Value) =>
    g.op('Range', [g.constant(0, 'int64'), count.squeeze([0]), g.constant(1, 'int64')]).unsqueeze([1])
  const last = x.sizes([axis]).sub(side)
  const count = last
    .add(stride - 1)
    .div(stride)
    .add(1)
  const starts = range(count).mul(stride).minimum(last)
  return starts.add(g.constant([...Array(side).keys()], 'int64').unsqueeze([0]))
}

/** All patches of [1, 3, H, W], as [patches, 3, 224, 224]. No side may be below 224. */
export function patches(x: Value): Value {
  const grid = x.gather(2, windows(x, 2)).gather(4, windows(x, 3)) // [1, 3, rows, 224, columns, 224]
  return grid.transpose([0, 2, 4, 1, 3, 5]).reshape([-1, 3, side, side])
}

/** The image with its sides below 224 stretched to 224; as it is where there are none. */
export function enlarged(x: Value): Value {
  const sides = [x.sizes([2]).maximum(side), x.sizes([3]).maximum(side)] as const
  if (x.shape?.slice(2).every((length) => typeof length === 'number' && length >= side)) return x
  return resized(x, sides)
}
