import { conv, type Layer, linear, parts, pooled, relu, resnet, type Shapes, sequential } from '@cupel/backbones'
import type { Value } from '@cupel/graph'

/** Sides of the target network's layers: 224 features of the image, then 112, 56, 28, 14 and the score. */
const widths = [224, 112, 56, 28, 14] as const
/** Side of the last map, and so of the image in units of 32. */
const side = 7
/** Length of each local distortion feature of the first three stages; the last one fills up to 224. */
const local = 16

/** A stage's local distortion feature: 1x1 convolution, means over windows of 7x7, all of them regressed. */
const pools = {
  lda1_pool: sequential([conv(256, 16, 1, { bias: false })]),
  lda2_pool: sequential([conv(512, 32, 1, { bias: false })]),
  lda3_pool: sequential([conv(1024, 64, 1, { bias: false })]),
}
const backbone = parts(
  {
    '': resnet('resnet50'),
    ...pools,
    lda1_fc: linear(16 * 64, local),
    lda2_fc: linear(32 * 16, local),
    lda3_fc: linear(64 * 4, local),
    lda4_fc: linear(2048, widths[0] - 3 * local),
  },
  (l, x) => {
    const { layer1, layer2, layer3, layer4 } = l[''](x)
    const windows = (map: Value) => map.averagePool(7).flatten()
    const features = [
      l.lda1_fc(windows(l.lda1_pool(layer1))),
      l.lda2_fc(windows(l.lda2_pool(layer2))),
      l.lda3_fc(windows(l.lda3_pool(layer3))),
      l.lda4_fc(windows(layer4)),
    ]
    return { map: layer4, vector: x.graph.concat(features, 1) }
  },
)

/** What makes layer i's weights and bias from the hyper network's 112 channels. */
const generators = Object.fromEntries(
  [1, 2, 3, 4].flatMap((i) => [
    [`fc${i}w_conv`, conv(112, (widths[i - 1]! * widths[i]!) / side ** 2, 3, { pad: 1 })],
    [`fc${i}b_fc`, linear(112, widths[i]!)],
  ]),
) as Record<string, Layer>

/** The network, from crops [batch, 3, 224, 224], standardised, to their scores [batch, 1], under the names of the checkpoint. */
export const hyperNetwork = parts(
  {
    res: backbone,
    conv1: sequential([conv(2048, 1024, 1), relu(), conv(1024, 512, 1), relu(), conv(512, 112, 1), relu()]),
    ...generators,
    fc5w_fc: linear(112, widths[4]),
    fc5b_fc: linear(112, 1),
  },
  (l, x) => {
    const { map, vector } = l.res(x)
    const features = l.conv1(map)
    const mean = pooled(features)
    const generated = l as unknown as Record<string, (input: Value) => Value>
    // Columns [batch, width, 1], multiplied by each crop's own weights [batch, outputs, inputs].
    const column = (value: Value) => value.unsqueeze([2])
    let quality = column(vector)
    for (const i of [1, 2, 3, 4]) {
      const weight = generated[`fc${i}w_conv`]!(features).reshape([-1, widths[i]!, widths[i - 1]!])
      quality = weight
        .matmul(quality)
        .add(column(generated[`fc${i}b_fc`]!(mean)))
        .sigmoid()
    }
    const last = l.fc5w_fc(mean).unsqueeze([1])
    return last.matmul(quality).squeeze([2]).add(l.fc5b_fc(mean))
  },
) as Layer & { readonly shapes: Shapes }
