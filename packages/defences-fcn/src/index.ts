/**
 * FCN: three convolutions that were trained to undo colour attacks, the filter proposed in the study.
 *
 * Gushchin et al., "Adversarial purification for no-reference image-quality metrics: applicability study and new methods",
 * arXiv:2404.06957 (2024).
 * Differs from the reference in nothing that changes the result: the members of its class that never take part have no
 * place here. The output is that of tanh with the negative half cut off, as there.
 */
import { defineDefence, z } from '@cupel/core'
import { loadStrict, readCheckpoint } from '@cupel/graph/checkpoint'
import { networkDefence, sizesOf } from '@cupel/network-defence'
import { fcnNetwork } from './network.js'

/** Instance normalisation needs the statistics of the whole image: 0.8 kB a pixel, and 2.1 for the gradient. */
const whole = 2048 * 1024

const options = z.object({
  large: z
    .enum(['refuse', 'tile'])
    .default('refuse')
    .describe(`images of more than ${whole} pixels: refused, or cut into tiles with statistics of their own`),
})

/** The image after the filter. */
export const fcn = defineDefence({
  name: 'fcn',
  summary: 'the fully convolutional filter of the study, trained on colour attacks',
  paper: 'Gushchin et al., Adversarial purification for no-reference image-quality metrics, arXiv:2404.06957 (2024)',
  options,
  gradient: 'exact',
  sizes: ({ large }) => sizesOf({ whole, large }),
  weights: {
    fcn: {
      file: 'fcn_mse.pth',
      instructions:
        'download fcn_mse.pth from https://drive.google.com/drive/folders/1c6hC5cSfeNfi5-jMHwsyZqoH_QXURmB_ (the link in the README of ' +
        'https://github.com/wianluna/adversarial_purification)',
      licence: 'none stated by its authors; for research on your own machine',
      citation: 'Gushchin, Chistyakova, Minashkin, Antsiferova, Vatolin, arXiv:2404.06957',
    },
  },
  async create({ large }, { device, weights }) {
    const checkpoint = await readCheckpoint(await weights('fcn'))
    const state = await loadStrict(checkpoint.at('model'), fcnNetwork.shapes)
    return networkDefence((g, image) => fcnNetwork(image, g.parameters(state)), {
      name: 'fcn',
      device,
      extent: { whole, large },
    })
  },
})

export default fcn
