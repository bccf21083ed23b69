/**
 * MetaIQA: a whole ResNet-18, its 1000 outputs regressed by three linear layers; trained by meta-learning over the distortions of
 * TID2013 and KADID-10k.
 *
 * Zhu, Li, Wu, Dong, Shi, "MetaIQA: deep meta-learning for no-reference image quality assessment", CVPR 2020.
 * Differs from the reference in nothing at `size: 'native'`, which is how the study feeds it; at `size: 'official'` in the resize to
 * 224x224, which is an antialiased bilinear one here and scikit-image's, whose smoothing changed between versions, there.
 */
import { resized, standardised } from '@cupel/backbones'
import { defineMetric, z } from '@cupel/core'
import { network } from '@cupel/graph'
import { loadStrict, readCheckpoint } from '@cupel/graph/checkpoint'
import { metaiqaNetwork } from './network.js'

const options = z.object({
  size: z
    .enum(['native', 'official'])
    .default('native')
    .describe('feed the image at its own size, as the study does, or resized to 224x224, as the authors test'),
  weights: z
    .enum(['study', 'tid2013-kadid10k', 'tid2013'])
    .default('study')
    .describe('the state_dict that the study used, or the modules that the authors published'),
})

const licence = 'none stated by its authors; for research on your own machine'
const citation = 'Zhu et al., MetaIQA, CVPR 2020, https://github.com/zhuhancheng/MetaIQA'
const official = (file: string) => ({
  file,
  instructions: `download model_IQA/${file} as https://github.com/zhuhancheng/MetaIQA says`,
  licence,
  citation,
})

/** The checkpoints by the option that names them. */
export const checkpoints = {
  study: {
    file: 'metaiqa.pth',
    instructions: 'open https://drive.google.com/file/d/19U_gHdK3Ld9uI23MABC14Pin9Vfw8AQM in a browser',
    licence,
    citation,
  },
  'tid2013-kadid10k': official('TID2013_KADID10K_IQA_Meta_resnet18.pt'),
  tid2013: official('TID2013_IQA_Meta_resnet18.pt'),
}

/** Higher is better, 0 to 1. */
export const metaiqa = defineMetric({
  name: 'metaiqa',
  summary: 'ResNet-18 trained by meta-learning over the distortions of TID2013 and KADID-10k',
  paper: 'Zhu, Li, Wu, Dong, Shi, MetaIQA: deep meta-learning for no-reference image quality assessment, CVPR 2020',
  options,
  variants: {
    'metaiqa-official': { size: 'official', weights: 'tid2013-kadid10k' },
    'metaiqa-tid2013': { weights: 'tid2013' },
  },
  aliases: { 'meta-iqa': 'metaiqa' },
  better: 'higher',
  range: [0, 1],
  gradient: 'exact',
  weights: ({ weights }) => ({ network: checkpoints[weights] }),
  async create({ size }, { device, weights }) {
    // A state_dict and a pickled module have the same names.
    const state = await loadStrict(await readCheckpoint(await weights('network')), metaiqaNetwork.shapes)
    const net = network(
      (g, image) => {
        const fed = size === 'official' ? resized(image, [224, 224]) : image
        return metaiqaNetwork(standardised(fed), g.parameters(state))
      },
      { device },
    )
    return { ...net, gradient: async (image) => ({ ...(await net.gradient(image)), kind: 'exact' }) }
  },
})

export default metaiqa
