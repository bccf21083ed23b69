import { resized } from '@cupel/backbones'
import { tensor, type Value } from '@cupel/graph'

const side = 224

/**
 * Crops [count^2, 3, 224, 224] of [1, 3, H, W] on an even grid from border to border (the middle when count is 1); a side below 224
 * is stretched to it first.
 */
export function crops(x: Value, count: number): Value {
  const g = x.graph
  const enough = x.shape!.slice(2).every((length) => typeof length === 'number' && length >= side)
  const fed = enough ? x : resized(x, [x.sizes([2]).maximum(side), x.sizes([3]).maximum(side)])
  const steps = g.constant(tensor(count === 1 ? [1] : [...Array(count).keys()], [count, 1], 'int64'))
  const positions = g.constant(tensor([...Array(side).keys()], [1, side], 'int64'))
  const windows = (axis: number) =>
    fed
      .sizes([axis])
      .sub(side)
      .mul(steps)
      .div(count === 1 ? 2 : count - 1)
      .add(positions)
  const grid = fed.gather(2, windows(2)).gather(4, windows(3)) // [1, 3, count, 224, count, 224]
  return grid.transpose([0, 2, 4, 1, 3, 5]).reshape([-1, 3, side, side])
}
