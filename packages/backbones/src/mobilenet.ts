import { batchNorm, conv, type Layer, parts, relu6, sequential } from './layer.js'
import { type Features, features } from './plain.js'

const normed = (inputs: number, outputs: number, kernel: number, stride = 1, group = 1): Layer =>
  sequential([
    conv(inputs, outputs, kernel, { stride, group, pad: (kernel - 1) / 2, bias: false }),
    batchNorm(outputs),
    relu6(),
  ])

/** An inverted residual: widened by 1x1, convolved channel by channel, narrowed by a 1x1 without activation. */
function inverted(inputs: number, outputs: number, stride: number, expansion: number): Layer {
  const inner = inputs * expansion
  const widen = expansion === 1 ? [] : [normed(inputs, inner, 1)]
  const narrow = [conv(inner, outputs, 1, { bias: false }), batchNorm(outputs)]
  const layers = { conv: sequential([...widen, normed(inner, inner, 3, stride, inner), ...narrow]) }
  const residual = stride === 1 && inputs === outputs
  return parts(layers, (l, x) => (residual ? x.add(l.conv(x)) : l.conv(x)))
}

/** Expansion, channels, repetitions and stride of the first: table 2 of the paper. */
const design = [
  [1, 16, 1, 1],
  [6, 24, 2, 2],
  [6, 32, 3, 2],
  [6, 64, 4, 2],
  [6, 96, 3, 1],
  [6, 160, 3, 2],
  [6, 320, 1, 1],
] as const

/** Sandler et al., "MobileNetV2: inverted residuals and linear bottlenecks", CVPR 2018, width 1. 1280 channels at the end (index 18). */
export function mobilenetV2(): Features {
  let channels = 32
  const blocks = design.flatMap(([expansion, outputs, count, stride]) =>
    Array.from({ length: count }, (_, index) => {
      const inputs = channels
      channels = outputs
      return inverted(inputs, outputs, index === 0 ? stride : 1, expansion)
    }),
  )
  return features([normed(3, 32, 3, 2), ...blocks, normed(320, 1280, 1)])
}
