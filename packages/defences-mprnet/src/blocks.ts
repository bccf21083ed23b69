import type { Value } from '@cupel/graph'
import { below, type Parameters } from './parameters.js'

/** Between the channels of an attention and those of its block. */
const reduction = 4

const channelsOf = (x: Value): number => x.sides()[1]!

/** A convolution without bias that keeps the sides. */
export const conv = (x: Value, p: Parameters, outputs: number, kernel = 3): Value =>
  x.conv(p('weight', [outputs, channelsOf(x), kernel, kernel]), undefined, { pad: (kernel - 1) / 2 })

/** Channel attention (CA): every channel is weighed by what the means of all say of it. */
function weighed(x: Value, p: Parameters): Value {
  const channels = channelsOf(x)
  const inner = conv(x.globalAveragePool(), below(p, 'conv_du', 0), Math.floor(channels / reduction), 1).relu()
  return x.mul(conv(inner, below(p, 'conv_du', 2), channels, 1).sigmoid())
}

/** Channel attention block (CAB): a residual block that ends in {@link weighed}. */
export function cab(x: Value, p: Parameters): Value {
  const channels = channelsOf(x)
  const inner = conv(x, below(p, 'body', 0), channels).op('PRelu', [p('body.1.weight', [1])])
  return weighed(conv(inner, below(p, 'body', 2), channels), below(p, 'CA')).add(x)
}

/** Attention blocks in a row, named by their indices. */
export const cabs = (x: Value, p: Parameters, count: number): Value =>
  Array.from({ length: count }).reduce<Value>((last, _, i) => cab(last, below(p, i)), x)

/** Original resolution block (ORB): attention blocks and a convolution, around which the input passes. */
export const orb = (x: Value, p: Parameters, count: number): Value =>
  conv(cabs(x, below(p, 'body'), count), below(p, 'body', count), channelsOf(x)).add(x)

/** Half the sides, bilinearly: the mean of 2 x 2, then a 1 x 1 convolution. */
export const down = (x: Value, p: Parameters, outputs: number): Value =>
  conv(x.averagePool(2), below(p, 'down', 1), outputs, 1)

/** Twice the sides, bilinearly. The 1 x 1 convolution that follows may come first, where there is a quarter to do. */
export const up = (x: Value, p: Parameters, outputs: number): Value =>
  conv(x, below(p, 'up', 1), outputs, 1).op('Resize', [undefined, [1, 1, 2, 2]], {
    mode: 'linear',
    coordinate_transformation_mode: 'half_pixel',
  })

/** Supervised attention module (SAM): an image of its own, and features weighed by what can be seen in it. */
export function sam(x: Value, image: Value, p: Parameters): { features: Value; image: Value } {
  const channels = channelsOf(x)
  const restored = conv(x, below(p, 'conv2'), 3, 1).add(image)
  const mask = conv(restored, below(p, 'conv3'), channels, 1).sigmoid()
  return { features: conv(x, below(p, 'conv1'), channels, 1).mul(mask).add(x), image: restored }
}
