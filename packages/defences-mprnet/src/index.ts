/**
 * MPRNet: a denoiser of three stages, on quarters of the image, on halves of it and on the whole.
 *
 * Zamir, Arora, Khan, Hayat, Khan, Yang, Shao, "Multi-stage progressive image restoration", CVPR 2021.
 * Differs from the reference in nothing but rounding. As in the study, an image is continued to sides of multiples of 8 by mirroring
 * and cut back, and of the three images that the network makes the last one counts, clamped to 0..1.
 */
import { defineDefence, z } from '@cupel/core'
import { loadStrict, readCheckpoint } from '@cupel/graph/checkpoint'
import { networkDefence, sizesOf } from '@cupel/network-defence'
import { type Design, mirrored, mprnetNetwork, official } from './network.js'
import { shapesOf } from './parameters.js'

/** Channel attention needs means over the whole image: 9 kB a pixel, and 60 for the gradient. */
const whole = 512 * 384

const options = z.object({
  large: z
    .enum(['refuse', 'tile'])
    .default('refuse')
    .describe(`images of more than ${whole} pixels: refused, or cut into tiles with means of their own`),
})

/** An MPRNet of another design than the authors'. */
export const mprnetOf = (design: Design) =>
  defineDefence({
    name: 'mprnet',
    summary: 'MPRNet: a denoiser of three stages, trained on photographs of phones',
    paper: 'Zamir et al., Multi-stage progressive image restoration, CVPR 2021, arXiv:2102.02808',
    options,
    gradient: 'exact',
    sizes: ({ large }) => sizesOf({ whole, large }),
    weights: {
      network: {
        file: 'model_denoising.pth',
        instructions:
          'download model_denoising.pth from https://drive.google.com/file/d/1LODPt9kYmxwU98g96UrRA0_Eh5HYcsRw/view (the link in ' +
          'Denoising/pretrained_models of https://github.com/swz30/MPRNet)',
        licence: "MPRNet's own: academic and non-commercial use",
        citation: 'Zamir, Arora, Khan, Hayat, Khan, Yang, Shao, Multi-stage progressive image restoration, CVPR 2021',
      },
    },
    async create({ large }, { device, weights }) {
      const checkpoint = await readCheckpoint(await weights('network'))
      const shapes = shapesOf((image, p) => mprnetNetwork(image, p, design))
      const part = checkpoint.keys.includes('state_dict') ? checkpoint.at('state_dict') : checkpoint
      const state = await loadStrict(part, shapes)
      return networkDefence(
        (g, image) => {
          const [, , height, width] = image.sides()
          const restored = mprnetNetwork(mirrored(image), g.parameters(state), design)
          return restored.slice([2, 3], [0, 0], [height!, width!])
        },
        { name: 'mprnet', device, extent: { whole, large } },
      )
    },
  })

/** The image after the network. */
export const mprnet = mprnetOf(official)

export default mprnet
