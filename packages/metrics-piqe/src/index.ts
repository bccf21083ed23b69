/**
 * PIQE: how much of an image's active blocks looks blocky or noisy.
 *
 *     Q = 100 (C + sum over active blocks of D) / (C + number of active blocks),   C = 1
 *
 * with D = 1 - v for a blocky block plus v for a noisy one, v the variance of its normalised luminance (activeBlocks).
 *
 * Venkatanath, Praneeth, Chandrasekhar, Channappayya, Medasani, "Blind image quality evaluation using perception based features",
 * NCC 2015. Differs from the reference (MATLAB's piqe) in nothing that is known; an all-black image scores 100.
 */
import { defineMetric } from '@cupel/core'
import { activeBlocks } from './blocks.js'

/** Lower is better; 0 to 100. */
export const piqe = defineMetric({
  name: 'piqe',
  summary: "the share of an image's active blocks that look blocky or noisy (lower is better, no gradient)",
  paper:
    'Venkatanath, Praneeth, Chandrasekhar, Channappayya, Medasani, Blind image quality evaluation using perception based features, NCC 2015',
  better: 'lower',
  range: [0, 100],
  create: () => ({
    async score(image) {
      const blocks = activeBlocks(image)
      const distortion = blocks.reduce((sum, { variance, blocky, noisy }) => {
        return sum + (blocky ? 1 - variance : 0) + (noisy ? variance : 0)
      }, 0)
      return (100 * (1 + distortion)) / (1 + blocks.length)
    },
  }),
})

export default piqe
