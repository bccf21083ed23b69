/**
 * FFDNet: a denoiser that works on blocks of 2 x 2 pixels and is told the level of noise.
 *
 * Zhang, Zuo, Zhang, "FFDNet: toward a fast and flexible solution for CNN-based image denoising", IEEE TIP 2018.
 * Differs from the reference in nothing but rounding; the result is clamped to 0..1, as its scripts do before they measure.
 */
import { defineDefence, z } from '@cupel/core'
import { sizesOf } from '@cupel/network-defence'
import { type Design, official } from './network.js'
import { purifier } from './purifier.js'

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
    sizes: sizesOf({}),
    weights: {
      network: {
        file: 'ffdnet_color.pth',
        url: 'https://github.com/cszn/KAIR/releases/download/v1.0/ffdnet_color.pth',
        licence: 'MIT (KAIR)',
        citation: 'Zhang, Zuo, Zhang, FFDNet, IEEE TIP 2018',
      },
    },
    create: async ({ sigma }, { device, weights }) => purifier(await weights('network'), design, sigma, device),
  })

/** The image after the network, which removes noise of the level that the options say. */
export const ffdnet = ffdnetOf(official)

export default ffdnet
