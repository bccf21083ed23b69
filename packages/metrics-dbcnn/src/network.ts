import { batchNorm, conv, type Layer, linear, parts, relu, renamed, unrolled, vgg16 } from '@cupel/backbones'
import { tensor, type Value } from '@cupel/graph'

/** Outputs and stride of the distortion network's convolutions. */
const design = [
  [48, 1],
  [48, 2],
  [64, 1],
  [64, 2],
  [64, 1],
  [64, 2],
  [128, 1],
  [128, 1],
  [128, 2],
] as const

const distortions = unrolled(
  design.flatMap(([outputs, stride], index) => [
    conv(design[index - 1]?.[0] ?? 3, outputs, 3, { stride, pad: 1 }),
    batchNorm(outputs),
    relu(),
  ]),
)

/** Bilinear resize of maps to the sides of another, corners on corners. */
function aligned(x: Value, to: Value): Value {
  const weights = (axis: number): Value => {
    const g = x.graph
    const [old, fresh] = [x.sizes([axis]), to.sizes([axis])]
    const range = (count: Value) => g.op('Range', [g.constant(0, 'int64'), count.squeeze([0]), g.constant(1, 'int64')])
    const ratio = old.sub(1).cast('float32').div(fresh.sub(1).maximum(1).cast('float32'))
    const centre = range(fresh).cast('float32').mul(ratio).unsqueeze([1])
    return range(old).cast('float32').unsqueeze([0]).sub(centre).abs().neg().add(1).relu()
  }
  return weights(2)
    .matmul(x)
    .matmul(weights(3).transpose([1, 0]))
}

/** The network, from the standardised image to its score, under the names of the checkpoint. */
export const dbcnnNetwork: Layer = parts(
  { features1: renamed(vgg16(), { features: '' }), features2: distortions, fc: linear(512 * 128, 1) },
  (l, x) => {
    const [vgg, scnn] = [l.features1(x), l.features2(x)]
    const content = vgg[29]! // relu5_3, before the last pool
    const distortion = aligned(scnn.at(-1)!, content)
    const rows = (maps: Value, channels: number) => maps.reshape([channels, -1])
    const pairs = rows(content, 512).matmul(rows(distortion, 128).transpose([1, 0]))
    const area = content
      .sizes([2])
      .mul(content.sizes([3]))
      .cast('float32')
    const roots = pairs
      .div(area)
      .add(1e-8)
      .sqrt()
      .reshape([1, 512 * 128])
    const norm = roots.mul(roots).sum().sqrt()
    return l.fc(roots.div(norm.maximum(x.graph.constant(tensor(1e-12)))))
  },
)
