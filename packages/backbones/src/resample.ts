import { type Graph, tensor, type Value } from '@cupel/graph'

/** A length along an axis: a number, or a one-element int64 vector where it is known only when the graph runs. */
type Length = number | Value

/** 0, 1, ... length - 1 as int64, in one row. */
function range(g: Graph, length: Length): Value {
  if (typeof length === 'number') return g.constant(tensor([...Array(length).keys()], [1, length], 'int64'))
  return g.op('Range', [g.constant(0, 'int64'), length.squeeze([0]), g.constant(1, 'int64')]).unsqueeze([0])
}

/**
 * AdaptiveAvgPool2d: cell i of n along an axis of length L is the mean of positions floor(i L / n) to ceil((i + 1) L / n) - 1.
 * It is a product with one constant matrix an axis, for maps of any size.
 */
export function adaptiveAveragePool(x: Value, [rows, columns]: readonly [number, number]): Value {
  const means = (axis: number, cells: number): Value => {
    const length = x.sizes([axis])
    const cell = range(x.graph, cells).transpose([1, 0])
    const start = cell.mul(length).div(cells)
    const end = cell
      .add(1)
      .mul(length)
      .add(cells - 1)
      .div(cells)
    const position = range(x.graph, length)
    const inside = start
      .sub(1)
      .less(position)
      .op('And', [position.less(end)])
    return inside.cast('float32').div(end.sub(start).cast('float32'))
  }
  return means(2, rows)
    .matmul(x)
    .matmul(means(3, columns).transpose([1, 0]))
}

/**
 * Resizes [batch, channels, H, W] by bilinear interpolation with antialiasing, as Pillow does and torchvision for images of
 * Pillow: the weight of position i for output o is the triangle max(0, 1 - |i - c| / s) over its sum, where c = (o + 1/2) r - 1/2
 * and s = max(r, 1), r the ratio of the old length to the new. Without Pillow's rounding to 8 bits.
 * (The antialiased Resize of onnxruntime is off by hundredths when it shrinks.)
 */
export function resized(x: Value, [height, width]: readonly [Length, Length]): Value {
  const triangles = (axis: number, length: Length): Value => {
    const old = x.sizes([axis])
    const count = range(x.graph, length)
    const ratio = old.cast('float32').div(typeof length === 'number' ? length : length.cast('float32'))
    const centre = count.transpose([1, 0]).cast('float32').add(0.5).mul(ratio).sub(0.5)
    const distance = range(x.graph, old).cast('float32').sub(centre).abs().div(ratio.maximum(1))
    const weight = distance.neg().add(1).relu()
    return weight.div(weight.sum([1]))
  }
  return triangles(2, height)
    .matmul(x)
    .matmul(triangles(3, width).transpose([1, 0]))
}

/** The sides [height, width] that an image has when its shorter one is `side` and the longer in proportion, cut off to whole pixels. */
export function shorterSide(x: Value, side: number): readonly [Value, Value] {
  const [height, width] = [x.sizes([2]), x.sizes([3])]
  const short = height.minimum(width)
  return [height.mul(side).div(short), width.mul(side).div(short)]
}
