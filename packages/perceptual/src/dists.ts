/**
 * DISTS: one minus a weighted similarity of the means (texture) and covariances (structure) of a VGG-16's feature
 * maps, in which max pools give way to L2 pools, and of the image itself.
 *
 * Ding, Ma, Wang, Simoncelli, "Image quality assessment: unifying structure and texture similarity", TPAMI 2022,
 * arXiv:2004.07728.
 * Differs from the reference in nothing.
 */
import { standardised, vgg16 } from '@cupel/backbones'
import { type SpecialisedOptions, type Tensor, tensor, type Value } from '@cupel/graph'
import { loadStrict, readCheckpoint } from '@cupel/graph/checkpoint'
import { type Distance, distance } from './distance.js'

/** VGG-16's convolutions between two pools, by their numbers in torchvision's `features`. */
const stages = [
  [0, 2],
  [5, 7],
  [10, 12, 14],
  [17, 19, 21],
  [24, 26, 28],
]
/** Channels of the image and after each stage. */
const channels = [3, 64, 128, 256, 512, 512]
const total = channels.reduce((sum, count) => sum + count, 0)

/** c1 and c2 of the similarities of means and of covariances. */
const small = 1e-6

/**
 * The tensors of DISTS: those of VGG-16, under torchvision's names, and the weights `alpha` of texture and `beta` of
 * structure.
 */
export const distsShapes = { backbone: vgg16().shapes, mix: { alpha: [1, total, 1, 1], beta: [1, total, 1, 1] } }

/** sqrt(g * x^2) at every other place, g the 3 x 3 Hanning window. */
function l2Pool(x: Value): Value {
  const count = x.shape![1] as number
  const window = [1, 2, 1].flatMap((row) => [1, 2, 1].map((column) => (row * column) / 16))
  const filters = tensor(
    Float32Array.from({ length: 9 * count }, (_, i) => window[i % 9]!),
    [count, 1, 3, 3],
  )
  const squares = x.mul(x).conv(x.graph.constant(filters), undefined, { stride: 2, pad: 1, group: count })
  return squares.add(1e-12).sqrt()
}

/** The image itself and the features after each stage. */
function features(x: Value, w: (name: string) => Value): readonly Value[] {
  let h = standardised(x)
  const after = stages.map((layers, stage) => {
    if (stage > 0) h = l2Pool(h)
    for (const n of layers) h = h.conv(w(`features.${n}.weight`), w(`features.${n}.bias`), { pad: 1 }).relu()
    return h
  })
  return [x, ...after]
}

/**
 * DISTS from its tensors. Values of the images lie in 0..1.
 *
 * @param state all tensors of {@link distsShapes}
 */
export function distsOf(state: ReadonlyMap<string, Tensor>, options?: SpecialisedOptions): Distance {
  return distance((g, image, reference) => {
    const w = g.parameters(state)
    const [ours, theirs] = [features(image, w), features(reference, w)]
    const mean = (value: Value): Value => value.mean([2, 3])
    const texture: Value[] = []
    const structure: Value[] = []
    for (const [i, x] of ours.entries()) {
      const y = theirs[i]!
      const [mx, my] = [mean(x), mean(y)]
      const [dx, dy] = [x.sub(mx), y.sub(my)]
      const covariance = mean(dx.mul(dy))
      texture.push(
        mx
          .mul(my)
          .mul(2)
          .add(small)
          .div(mx.mul(mx).add(my.mul(my)).add(small)),
      )
      const variances = mean(dx.mul(dx)).add(mean(dy.mul(dy)))
      structure.push(covariance.mul(2).add(small).div(variances.add(small)))
    }
    const [alpha, beta] = [w('alpha'), w('beta')]
    const similarity = alpha
      .mul(g.concat(texture, 1))
      .sum()
      .add(beta.mul(g.concat(structure, 1)).sum())
    return similarity.div(alpha.sum().add(beta.sum())).neg().add(1)
  }, options)
}

/**
 * DISTS from its files.
 *
 * @param files paths of torchvision's VGG-16 and of the weights of texture and structure: {@link distsWeights} says
 * where they come from
 * @throws {CheckpointError} when a file is not what it should be
 */
export async function dists(
  files: { readonly backbone: string; readonly mix: string },
  options?: SpecialisedOptions,
): Promise<Distance> {
  const ignore = (key: string): boolean => key.startsWith('classifier.')
  const backbone = await loadStrict(await readCheckpoint(files.backbone), distsShapes.backbone, { ignore })
  const mix = await loadStrict(await readCheckpoint(files.mix), distsShapes.mix)
  return distsOf(new Map([...backbone, ...mix]), options)
}
