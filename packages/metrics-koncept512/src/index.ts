/**
 * KonCept512: Inception-ResNet-v2 and four linear layers, trained on KonIQ-10k at 512x384.
 *
 * Hosu, Lin, Sziranyi, Saupe, "KonIQ-10k: an ecologically valid database for deep learning of blind image quality assessment", TIP 2020.
 * The network is that of Zhao's PyTorch reproduction, which the follow-up of the study uses; like it, and unlike the Keras original,
 * it averages the last map over its upper left 8x8 only. Differs from it in not rounding a resized image to 8 bits.
 */
import {
  batchNorm,
  dropout,
  type Layer,
  linear,
  parts,
  relu,
  resized,
  sequential,
  standardised,
} from '@cupel/backbones'
import { defineMetric, z } from '@cupel/core'
import { network } from '@cupel/graph'
import { loadStrict, readCheckpoint } from '@cupel/graph/checkpoint'
import { inceptionResnetV2 } from './inception.js'

const sizes = { official: [384, 512], study: [512, 384], native: undefined } as const

const options = z.object({
  size: z
    .enum(['study', 'official', 'native'])
    .default('study')
    .describe(
      'resize to 512 rows of 384, as the follow-up of the study does, to 384 rows of 512, as training did, or not at all',
    ),
})

/** The published checkpoint. */
export const checkpoint = {
  file: 'KonCept512.pth',
  instructions: 'open https://surfdrive.surf.nl/files/index.php/s/oeGv7wEyyMwwbIO in a browser',
  licence: 'MIT, see https://github.com/ZhengyuZhao/koniq-PyTorch',
  citation: 'Hosu et al., KonIQ-10k, TIP 2020; checkpoint of Zhao, koniq-PyTorch',
}

/** The network, from the image standardised with 1/2 and 1/2 to its score, under the names of the checkpoint. */
export const konceptNetwork: Layer = parts(
  {
    base: inceptionResnetV2,
    fc: sequential([
      linear(1536, 2048),
      relu(),
      batchNorm(2048),
      dropout(),
      linear(2048, 1024),
      relu(),
      batchNorm(1024),
      dropout(),
      linear(1024, 256),
      relu(),
      batchNorm(256),
      dropout(),
      linear(256, 1),
    ]),
  },
  (l, x) => l.fc(l.base(x).slice([2, 3], [0, 0], [8, 8]).mean([2, 3], { keep: false })),
)

/** Higher is better; about 0 to 100. */
export const koncept512 = defineMetric({
  name: 'koncept512',
  summary: 'Inception-ResNet-v2 trained on KonIQ-10k',
  paper:
    'Hosu, Lin, Sziranyi, Saupe, KonIQ-10k: an ecologically valid database for deep learning of blind image quality assessment, TIP 2020, arXiv:1910.06180',
  options,
  variants: { 'koncept512-official': { size: 'official' }, 'koncept512-native': { size: 'native' } },
  aliases: { koncept: 'koncept512' },
  better: 'higher',
  range: [26.403, 66.869],
  gradient: 'exact',
  // The least for which every layer has an input.
  minimumSize: ({ size }) => (size === 'native' ? 75 : 1),
  weights: { network: checkpoint },
  async create({ size }, { device, weights }) {
    const state = await loadStrict(await readCheckpoint(await weights('network')), konceptNetwork.shapes)
    const sides = sizes[size]
    const half = [0.5, 0.5, 0.5]
    const net = network(
      (g, image) =>
        konceptNetwork(standardised(sides ? resized(image, sides) : image, half, half), g.parameters(state)),
      { device },
    )
    return { ...net, gradient: async (image) => ({ ...(await net.gradient(image)), kind: 'exact' }) }
  },
})

export default koncept512
