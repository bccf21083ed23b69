/**
 * The baseline of SPAQ: ResNet-50 with one output, its mean over 224x224 patches at stride 112, the last ones aligned with the right
 * and lower borders; trained on 11,125 smartphone photographs. Values are fed as they are, from 0 to 1.
 *
 * Fang, Zhu, Zeng, Ma, Wang, "Perceptual quality assessment of smartphone photography", CVPR 2020.
 * Differs from the reference in scoring images with a side below 224, where it fails: that side is stretched to 224 (bilinear); and
 * at `size: 'official'` in not rounding the resized image to 8 bits, and in feeding images with a side below 512 as they are,
 * where it fails too.
 */
import { classifier, parts, resized, shorterSide } from '@cupel/backbones'
import { defineMetric, z } from '@cupel/core'
import { network, type Value } from '@cupel/graph'
import { loadStrict, readCheckpoint } from '@cupel/graph/checkpoint'
import { enlarged, patches } from './patches.js'

const options = z.object({
  size: z
    .enum(['native', 'official'])
    .default('native')
    .describe(
      'feed the image at its own size, as the study does, or with its shorter side resized to 512 where that is longer, as the authors do',
    ),
})

/** The published checkpoint. */
export const checkpoint = {
  file: 'BL_release.pt',
  instructions: 'open https://drive.google.com/file/d/1pXjXAIItViTFs7qUBY-b11WY50mzoVM2 in a browser',
  licence: 'for educational and research purposes, see https://github.com/h4nwei/SPAQ',
  citation: 'Fang et al., Perceptual quality assessment of smartphone photography, CVPR 2020',
}

/** The network under the names of the checkpoint. */
export const spaqNetwork = parts({ backbone: classifier('resnet50', 1) }, (l, x) => l.backbone(x))

/** The shorter side 512 where it is longer; ONNX has no choice of a branch here, so the sides are what is chosen. */
function reduced(x: Value): Value {
  const [height, width] = shorterSide(x, 512)
  return resized(x, [height.minimum(x.sizes([2])), width.minimum(x.sizes([3]))])
}

/** Higher is better; about 0 to 100. */
export const spaq = defineMetric({
  name: 'spaq',
  summary: 'ResNet-50 over 224x224 patches, trained on smartphone photographs',
  paper: 'Fang, Zhu, Zeng, Ma, Wang, Perceptual quality assessment of smartphone photography, CVPR 2020',
  options,
  variants: { 'spaq-official': { size: 'official' } },
  better: 'higher',
  range: [21.7491, 77.7559],
  gradient: 'exact',
  weights: { network: checkpoint },
  async create({ size }, { device, weights }) {
    const file = await readCheckpoint(await weights('network'))
    const state = await loadStrict(file.at('state_dict'), spaqNetwork.shapes)
    const net = network(
      (g, image) => {
        const fed = size === 'official' ? reduced(image) : image
        return spaqNetwork(patches(enlarged(fed)), g.parameters(state)).mean()
      },
      { device },
    )
    return { ...net, gradient: async (image) => ({ ...(await net.gradient(image)), kind: 'exact' }) }
  },
})

export default spaq
