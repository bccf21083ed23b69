/**
 * Rotate: turns the image about its centre by an angle drawn uniformly from -a to a degrees, nearest pixel, black outside, the
 * size kept.
 *
 * Gushchin et al., "Adversarial purification for no-reference image-quality metrics: applicability study and new methods",
 * arXiv:2404.06957 (2024): a = 5; its follow-up arXiv:2408.01541: a = 15.
 * Differs from the reference in drawing its angle once, for scoring and for fidelity alike, and from the seed.
 */
import { defineDefence, z } from '@cupel/core'
import { gather, rotation, scatter } from './rotation.js'

const options = z.object({
  degrees: z.number().min(0).max(180).default(5).describe('greatest angle a; the angle is uniform in -a .. a'),
})

const sweep = [10, 15, 20, 30, 50]

/** The image turned by a small random angle: every pixel of it is one of the source, or black. */
export const rotate = defineDefence({
  name: 'rotate',
  summary: 'turns the image by a random angle of at most 5 degrees',
  paper: 'Gushchin et al., Adversarial purification for no-reference image-quality metrics, arXiv:2404.06957, 2024',
  options,
  variants: Object.fromEntries(sweep.map((degrees) => [`rotate-${degrees}`, { degrees }])),
  aliases: { 'random-rotate': 'rotate' },
  random: ({ degrees }) => degrees > 0,
  gradient: 'exact',
  create: ({ degrees }) => ({
    async purify(image, { random }) {
      const angle = (2 * random.uniform() - 1) * degrees
      const from = rotation(image, angle)
      return {
        ...gather(image, from),
        pullback: async (gradient) => ({ gradient: scatter(gradient, from), kind: 'exact' }),
        register: async (original) => gather(original, from),
      }
    },
  }),
})

export default rotate
