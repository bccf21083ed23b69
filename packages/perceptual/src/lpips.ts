/**
 * LPIPS version 0.1: distances of unit-normalised features of a classification network, weighted channel by channel.
 *
 * Zhang, Isola, Efros, Shechtman, Wang, "The unreasonable effectiveness of deep features as a perceptual metric",
 * CVPR 2018, arXiv:1801.03924.
 * Differs from the reference in 1e-20 added inside the norm of features, so that it has a slope where they are all
 * zero.
 */
import { alexnet, type Features, squeezenet, standardised, vgg16 } from '@cupel/backbones'
import type { SpecialisedOptions, Tensor, Value } from '@cupel/graph'
import { loadStrict, readCheckpoint } from '@cupel/graph/checkpoint'
import { type Distance, distance } from './distance.js'
import type { LpipsNetwork } from './weights.js'

/** A network's features, the layers of it that are compared and their channels. */
const networks: Record<LpipsNetwork, { layers(): Features; taps: readonly number[]; channels: readonly number[] }> = {
  alex: { layers: alexnet, taps: [1, 4, 7, 9, 11], channels: [64, 192, 384, 256, 256] },
  vgg: { layers: vgg16, taps: [3, 8, 15, 22, 29], channels: [64, 128, 256, 512, 512] },
  squeeze: {
    layers: () => squeezenet('squeezenet1_1'),
    taps: [1, 4, 7, 9, 10, 11, 12],
    channels: [64, 128, 256, 384, 384, 512, 512],
  },
}

const headName = (tap: number): string => `lin${tap}.model.1.weight`

/** The tensors of LPIPS: those of the backbone, under torchvision's names, and those of the heads. */
export function lpipsShapes(net: LpipsNetwork) {
  const { layers, channels } = networks[net]
  return {
    backbone: layers().shapes,
    heads: Object.fromEntries(channels.map((count, tap) => [headName(tap), [1, count, 1, 1]] as const)),
  }
}

/** y / (||y||_2 + 1e-10) over channels. */
const unit = (y: Value): Value => y.div(y.mul(y).sum([1]).add(1e-20).sqrt().add(1e-10))

/**
 * LPIPS from its tensors. Values of the images lie in 0..1.
 *
 * @param state all tensors of {@link lpipsShapes}
 */
export function lpipsOf(net: LpipsNetwork, state: ReadonlyMap<string, Tensor>, options?: SpecialisedOptions): Distance {
  const { layers, taps } = networks[net]
  const compute = layers()
  return distance((g, image, reference) => {
    const w = g.parameters(state)
    // The statistics of ImageNet for values in -1..1, as the reference rounds them.
    const features = (x: Value): readonly Value[] => {
      const all = compute(standardised(x.mul(2).sub(1), [-0.03, -0.088, -0.188], [0.458, 0.448, 0.45]), w)
      return taps.map((tap) => unit(all[tap]!))
    }
    const [ours, theirs] = [features(image), features(reference)]
    const parts = taps.map((_, tap) => {
      const apart = ours[tap]!.sub(theirs[tap]!)
      return apart
        .mul(apart)
        .conv(w(headName(tap)))
        .mean([2, 3])
    })
    return parts.reduce((sum, part) => sum.add(part))
  }, options)
}

/**
 * LPIPS from its files.
 *
 * @param files paths of torchvision's checkpoint and of the heads: {@link lpipsWeights} says where they come from
 * @throws {CheckpointError} when a file is not what it should be
 */
export async function lpips(
  net: LpipsNetwork,
  files: { readonly backbone: string; readonly heads: string },
  options?: SpecialisedOptions,
): Promise<Distance> {
  const shapes = lpipsShapes(net)
  const ignore = (key: string): boolean => key.startsWith('classifier.')
  const backbone = await loadStrict(await readCheckpoint(files.backbone), shapes.backbone, { ignore })
  const heads = await loadStrict(await readCheckpoint(files.heads), shapes.heads)
  return lpipsOf(net, new Map([...backbone, ...heads]), options)
}
