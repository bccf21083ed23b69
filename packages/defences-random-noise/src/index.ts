/**
 * Random noise: clip(x + sigma n, 0, 1), n of the standard normal distribution, independent for every value.
 *
 * Gushchin et al., "Guardians of image quality", arXiv:2408.01541 (2024).
 * Differs from the reference in drawing its noise once, for scoring and for fidelity alike, and from the seed.
 */
import { defineDefence, z } from '@cupel/core'
import { clipAdjoint, clipped } from '@cupel/filters'

const options = z.object({
  sigma: z.number().min(0).max(1).default(0.01).describe('standard deviation of the noise, of values in 0..1'),
})

const sweep = [0.01, 0.025, 0.05, 0.075, 0.1]

/** The image with noise. Its derivative is 1 where the result was not clipped and 0 where it was. */
export const randomNoise = defineDefence({
  name: 'random-noise',
  summary: 'adds Gaussian noise of standard deviation 0.01',
  paper:
    'Gushchin et al., Guardians of image quality: benchmarking defenses against adversarial attacks on image quality metrics, arXiv:2408.01541, 2024',
  options,
  variants: Object.fromEntries(sweep.map((sigma) => [`random-noise-${sigma}`, { sigma }])),
  random: ({ sigma }) => sigma > 0,
  gradient: 'exact',
  create: ({ sigma }) => ({
    async purify({ width, height, data }, { random }) {
      const noisy = random.normals(data.length)
      const out = new Float32Array(data.length)
      for (let i = 0; i < out.length; i++) {
        const value = data[i]! + sigma * noisy[i]!
        noisy[i] = value
        out[i] = clipped(value)
      }
      return {
        width,
        height,
        data: out,
        pullback: async (gradient) => ({ gradient: clipAdjoint(noisy, gradient), kind: 'exact' }),
      }
    },
  }),
})

export default randomNoise
