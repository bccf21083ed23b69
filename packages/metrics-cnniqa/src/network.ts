import { type Graph, type Tensor, tensor, type Value } from '@cupel/graph'
import { luminance } from './gray.js'

/** Side of a patch in pixels. */
const side = 32

/** The tensors of a checkpoint and their shapes. */
export const shapes: Readonly<Record<string, readonly number[]>> = {
  'conv1.weight': [50, 1, 7, 7],
  'conv1.bias': [50],
  'fc1.weight': [800, 100],
  'fc1.bias': [800],
  'fc2.weight': [800, 800],
  'fc2.bias': [800],
  'fc3.weight': [1, 800],
  'fc3.bias': [1],
}

/**
 * The patches at offsets 0, 32, 64 ... below (length - 32) of both axes, as [patches, 1, 32, 32]: the last 32 pixels of a
 * side are never the start of one, so a side of 64 has one patch. A side of 32 has one too.
 */
function patches(g: Graph, gray: Value): Value {
  const counts = gray.sizes([2, 3]).sub(1).div(side).maximum(1)
  const whole = gray.slice([2, 3], [0, 0], counts.mul(side))
  const [rows, columns] = [0, 1].map((axis) => counts.gather(0, g.constant([axis], 'int64')))
  const [one, length] = [[1], [side]].map((value) => g.constant(value, 'int64'))
  return whole
    .reshape(g.concat([rows!, length!, columns!, length!], 0))
    .transpose([0, 2, 1, 3])
    .reshape(g.concat([rows!.mul(columns!), one!, length!, length!], 0))
}

/** (x - mean) / (deviation + 1) over a 3 x 3 window, the border mirrored; each patch by itself. */
function normalised(x: Value): Value {
  const local = (map: Value) => map.pad([1, 1, 1, 1], 'edge').averagePool(3, { stride: 1 })
  const mean = local(x)
  const variance = local(x.mul(x)).sub(mean.mul(mean)).relu()
  // 1e-12 bounds the derivative of the root where a window is flat; it moves no score by more than its rounding.
  return x.sub(mean).div(variance.add(1e-12).sqrt().add(1))
}

/**
 * The largest and the smallest value of each map of a convolution of every patch, [patches, 2 * maps].
 *
 * Only one window of a patch is behind each of them, so the gradient needs no convolution: they are found in the maps and
 * computed again from their windows, through which the gradient goes.
 */
function extremes(g: Graph, patch: Value, kernels: Value, bias: Value): Value {
  const [count, , size] = kernels.sides() as [number, number, number, number]
  const across = side - size + 1
  const maps = patch.conv(kernels, bias).reshape([0, count, across ** 2])
  const found = g.concat(
    ['ArgMax', 'ArgMin'].map((op) => maps.op(op, [], { axis: 2 })),
    1,
  ) // [patches, 2 * maps, 1]
  const corner = found.add(found.div(across).mul(side - across))
  const offsets = Array.from({ length: size ** 2 }, (_, i) => Math.floor(i / size) * side + (i % size))
  const inside = corner.add(g.constant(offsets, 'int64')).reshape([0, 2 * count * size ** 2])
  const windows = patch.reshape([0, side ** 2]).op('GatherElements', [inside], { axis: 1 })
  const twice = (values: Value) => g.concat([values, values], 0)
  return windows
    .reshape([0, 2 * count, size ** 2])
    .mul(twice(kernels.reshape([count, size ** 2])))
    .sum([2], { keep: false })
    .add(twice(bias))
}

/**
 * The network, from an image [1, 3, height, width] with values 0..1 to the mean DMOS of its patches.
 *
 * @param state the tensors of a checkpoint, see {@link shapes}
 */
export function cnniqaNetwork(g: Graph, image: Value, state: ReadonlyMap<string, Tensor>): Value {
  const w = g.parameters(state)
  const gray = image.conv(g.constant(tensor([...luminance], [1, 3, 1, 1])))
  const pooled = extremes(g, normalised(patches(g, gray)), w('conv1.weight'), w('conv1.bias'))
  const hidden = pooled.linear(w('fc1.weight'), w('fc1.bias')).relu().linear(w('fc2.weight'), w('fc2.bias')).relu()
  return hidden.linear(w('fc3.weight'), w('fc3.bias')).mean()
}
