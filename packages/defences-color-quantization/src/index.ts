/**
 * Colour quantisation: every channel keeps n evenly spaced values, round(x (n - 1)) / (n - 1).
 *
 * Xu, Evans & Qi, "Feature squeezing: detecting adversarial examples in deep neural networks", NDSS 2018; Gushchin et al.,
 * arXiv:2408.01541 (2024).
 * Differs from the reference in nothing known; halves are rounded up, which 8-bit images never meet.
 */
import { defineDefence, z } from '@cupel/core'

const options = z.object({
  levels: z.int().min(2).max(256).default(16).describe('values n that each channel keeps'),
})

const sweep = [2, 5, 16, 20, 25]

/** The image in few colours. Its gradient passes straight through the rounding. */
export const colorQuantization = defineDefence({
  name: 'color-quantization',
  summary: 'keeps 16 values a channel',
  paper:
    'Xu, Evans & Qi, Feature squeezing: detecting adversarial examples in deep neural networks, NDSS 2018, arXiv:1704.01155',
  options,
  variants: Object.fromEntries(sweep.map((levels) => [`color-quantization-${levels}`, { levels }])),
  gradient: 'surrogate',
  create: ({ levels }) => ({
    async purify({ width, height, data }) {
      const top = levels - 1
      const out = new Float32Array(data.length)
      for (let i = 0; i < out.length; i++) out[i] = Math.floor(data[i]! * top + 0.5) / top
      return {
        width,
        height,
        data: out,
        pullback: async (gradient) => ({ gradient: gradient.slice(), kind: 'surrogate' }),
      }
    },
  }),
})

export default colorQuantization
