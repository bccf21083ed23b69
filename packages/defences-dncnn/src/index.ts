/**
 * DnCNN: twenty convolutions estimate the noise of an image, which is taken off it.
 *
 * Zhang, Zuo, Chen, Meng, Zhang, "Beyond a Gaussian denoiser: residual learning of deep CNN for image denoising", IEEE TIP 2017.
 * Differs from the reference in nothing but rounding; the result is clamped to 0..1, as its scripts do before they measure.
 */
import { defineDefence, type Weights, z } from '@cupel/core'
import { sizesOf } from '@cupel/network-defence'
import { type Design, official } from './network.js'
import { purifier } from './purifier.js'

const levels = ['blind', 5, 10, 15, 25, 35, 50] as const
type Level = (typeof levels)[number]

const options = z.object({
  sigma: z
    .literal(levels)
    .default('blind')
    .describe('the level of noise that it was trained for, of 255, or any up to 55 (blind)'),
})

const citation = 'Zhang, Zuo, Chen, Meng, Zhang, Beyond a Gaussian denoiser, IEEE TIP 2017'

function file(level: Level): Weights {
  if (level === 'blind') {
    return {
      file: 'dncnn_color_blind.pth',
      url: 'https://github.com/cszn/KAIR/releases/download/v1.0/dncnn_color_blind.pth',
      licence: 'MIT (KAIR)',
      citation,
    }
  }
  const name = `color_sigma=${String(level).padStart(2, '0')}.mat`
  return {
    file: `dncnn_${name}`,
    url: `https://raw.githubusercontent.com/cszn/DnCNN/52faf8897d7b9f9e22803df39a3606fbc8c04ac1/model/specifics_color/${name}`,
    licence: 'none stated by its authors; for research on your own machine',
    citation,
  }
}

/** A DnCNN of another design than the authors'. */
export const dncnnOf = (design: Design) =>
  defineDefence({
    name: 'dncnn',
    summary: 'DnCNN: takes off the noise that a network of 20 convolutions finds',
    paper: 'Zhang et al., Beyond a Gaussian denoiser: residual learning of deep CNN for image denoising, IEEE TIP 2017',
    options,
    variants: { 'dncnn-15': { sigma: 15 }, 'dncnn-25': { sigma: 25 }, 'dncnn-50': { sigma: 50 } },
    gradient: 'exact',
    sizes: sizesOf({}),
    weights: ({ sigma }) => ({ network: file(sigma) }),
    create: async (_, { device, weights }) => purifier(await weights('network'), design, device),
  })

/** The image without the noise that the network finds in it. */
export const dncnn = dncnnOf(official)

export default dncnn
