/**
 * Median blur: every value becomes the median of the k x k values around it, each channel by itself.
 *
 * Gushchin et al., "Adversarial purification for no-reference image-quality metrics: applicability study and new methods",
 * arXiv:2404.06957 (2024).
 * Differs from the reference in nothing: the image is mirrored at its borders (reflect), as in the follow-up's code; the study's
 * first code used OpenCV, which repeats the border pixels: the variant median-blur-replicate.
 */
import { defineDefence, z } from '@cupel/core'
import { windowSize } from '@cupel/filters'
import { median, medianAdjoint } from './median.js'

const options = z.object({
  size: windowSize(3),
  border: z
    .enum(['reflect', 'replicate'])
    .default('reflect')
    .describe('what stands beside the image: its mirror image, or its outermost pixels repeated'),
})

const sweep = [3, 5, 7, 9, 11]

/**
 * The median-filtered image. Its gradient goes to the pixels that hold the median, in equal parts where several do: the exact
 * derivative where one does, a surrogate in 8-bit images, where ties abound.
 */
export const medianBlur = defineDefence({
  name: 'median-blur',
  summary: 'replaces every value by the median of its neighbourhood (3 x 3)',
  paper: 'Gushchin et al., Adversarial purification for no-reference image-quality metrics, arXiv:2404.06957, 2024',
  options,
  variants: {
    ...Object.fromEntries(sweep.map((size) => [`median-blur-k${size}`, { size }])),
    'median-blur-replicate': { border: 'replicate' },
  },
  gradient: 'surrogate',
  create: ({ size, border }) => ({
    async purify(image, { signal }) {
      const filtered = await median(image, size, border, signal)
      return {
        ...filtered,
        pullback: async (gradient) => ({
          gradient: await medianAdjoint(image, filtered, gradient, size, border, signal),
          kind: 'surrogate',
        }),
      }
    },
  }),
})

export default medianBlur
