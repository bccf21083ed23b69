/**
 * DBCNN: VGG-16 features and those of a network that tells distortions apart, joined by bilinear pooling, square roots and a unit
 * norm, and regressed.
 *
 * Zhang, Ma, Yan, Deng, Wang, "Blind image quality assessment using a deep bilinear convolutional neural network", TCSVT 2020.
 * Differs from the reference in nothing; its authors published no checkpoint of the whole network, so this one is that of IQA-PyTorch,
 * trained on KonIQ-10k.
 */
import { standardised } from '@cupel/backbones'
import { defineMetric } from '@cupel/core'
import { network } from '@cupel/graph'
import { loadStrict, readCheckpoint } from '@cupel/graph/checkpoint'
import { dbcnnNetwork } from './network.js'

/** The checkpoint of IQA-PyTorch; those that the authors' own training script writes are read too. */
export const checkpoint = {
  file: 'DBCNN_KonIQ10k-254e8241.pth',
  url: 'https://github.com/chaofengc/IQA-PyTorch/releases/download/v0.1-weights/DBCNN_KonIQ10k-254e8241.pth',
  licence: 'non-commercial, see https://github.com/chaofengc/IQA-PyTorch',
  citation:
    'Zhang et al., DBCNN, TCSVT 2020; checkpoint of Chen, Mo, IQA-PyTorch, https://github.com/chaofengc/IQA-PyTorch',
}

/** Higher is better; about 0 to 100. */
export const dbcnn = defineMetric({
  name: 'dbcnn',
  summary: 'VGG-16 and a network of distortions joined by bilinear pooling, trained on KonIQ-10k',
  paper:
    'Zhang, Ma, Yan, Deng, Wang, Blind image quality assessment using a deep bilinear convolutional neural network, TCSVT 2020',
  better: 'higher',
  range: [26.7, 83.6],
  gradient: 'exact',
  minimumSize: 16,
  weights: { network: checkpoint },
  async create(_, { device, weights }) {
    const file = await readCheckpoint(await weights('network'))
    const state = await loadStrict(file.keys.includes('params') ? file.at('params') : file, dbcnnNetwork.shapes)
    const net = network((g, image) => dbcnnNetwork(standardised(image), g.parameters(state)), { device })
    return { ...net, gradient: async (image) => ({ ...(await net.gradient(image)), kind: 'exact' }) }
  },
})

export default dbcnn
