/**
 * FFDNet: a denoiser that works on blocks of 2 x 2 pixels and is told the level of noise.
 *
 * Zhang, Zuo, Zhang, "FFDNet: toward a fast and flexible solution for CNN-based image denoising", IEEE TIP 2018.
 * Differs from the reference in nothing but rounding; the result is clamped to 0..1, as its scripts do before they measure.
 */
import { defineDefence, z } from '@cupel/core'
import { loadStrict, readCheckpoint } from '@cupel/graph/checkpoint'
import { networkDefence } from '@cupel/network-defence'
import { type Design, ffdnetNetwork, official } from './network.js'

const options = z.object({
  sigma: z.number().min(0).max(75).default(15).describe('the level of noise to be removed, of 255'),
})

/** An FFDNet of another design than the authors'. */
export const ffdnetOf = (design: Design) =>
  defineDefence({
    name: 'ffdnet',
    summary: 'FFDNet: a network that removes noise of a level that it is told (15 of 255)',
    paper:
      'Zhang, Zuo, Zhang, FFDNet: toward a fast and flexible solution for CNN-based image denoising, IEEE TIP 2018',
    options,
    variants: { 'ffdnet-5': { sigma: 5 }, 'ffdnet-25': { sigma: 25 }, 'ffdnet-50': { sigma: 50 } },
    gradient: 'exact',
    weights: {
      network: {
        file: 'ffdnet_color.pth',
        url: 'https://github.com/cszn/KAIR/releases/download/v1.0/ffdnet_color.pth',
        licence: 'MIT (KAIR)',
        citation: 'Zhang, Zuo, Zhang, FFDNet, IEEE TIP 2018',
      },
    },
    async create({ sigma }, { device, weights }) {
      const network = ffdnetNetwork(design, sigma)
      const state = await loadStrict(await readCheckpoint(await weights('network')), network.shapes)
      return networkDefence((g, image) => network(image, g.parameters(state)), {
        name: 'ffdnet',
        device,
        // Blocks, and the pixels that complete the last one.
        extent: { reach: 2 * design.layers + 2, grid: 2 },
      })
    },
  })

/** The image after the network, which removes noise of the level that the options say. */
export const ffdnet = ffdnetOf(official)

export default ffdnet
