import {
  batchNorm,
  type Layer,
  linear,
  parts,
  pooled,
  relu,
  renamed,
  resnet,
  sequential,
  sequentialNames,
} from '@cupel/backbones'

/** A tap's reduction to 64 features; nothing between its linear layers but normalisation. */
const reduction = (channels: number): Layer =>
  sequential([
    linear(channels, 1024),
    batchNorm(1024),
    linear(1024, 256),
    batchNorm(256),
    linear(256, 64),
    batchNorm(64),
    relu(),
  ])

/** The network, from the standardised image to its normalised score, under the names of the official checkpoint. */
export const linearityNetwork: Layer = parts(
  {
    features: renamed(resnet('resnext101_32x8d'), sequentialNames),
    dr6: reduction(1024),
    dr7: reduction(2048),
    regression: linear(128, 1),
  },
  (l, x) => {
    const { layer3, layer4 } = l.features(x)
    return l.regression(x.graph.concat([l.dr6(pooled(layer3)), l.dr7(pooled(layer4))], 1))
  },
)

/** Scores of single taps, which training used: tensors of the checkpoint that are not read. */
export const auxiliary = (key: string): boolean => /^regr[67]\./.test(key)
