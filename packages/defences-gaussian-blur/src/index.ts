/**
 * Gaussian blur: k x k, sigma = 0.3 ((k - 1) / 2 - 1) + 0.8, the image mirrored at its borders (reflect).
 *
 * Gushchin et al., "Adversarial purification for no-reference image-quality metrics: applicability study and new methods",
 * arXiv:2404.06957 (2024).
 * Differs from the reference in nothing; that study's first code let OpenCV choose the kernel, whose fixed [.25 .5 .25] at
 * k = 3 is not sigma 0.8's [.239 .522 .239]: the variant gaussian-blur-opencv.
 */
import { defineDefence, z } from '@cupel/core'
import { convolve, convolveAdjoint, gaussianKernel, type Kernel, windowSize } from '@cupel/filters'

const options = z.object({
  size: windowSize(3),
  sigma: z
    .number()
    .min(0)
    .default(0)
    .describe('standard deviation in pixels; 0 stands for 0.3 ((k - 1) / 2 - 1) + 0.8'),
  kernel: z
    .enum(['gaussian', 'opencv'])
    .default('gaussian')
    .describe(
      'the sampled Gaussian, or the fixed kernels that OpenCV uses for k = 3, 5 and 7 when it is given no sigma',
    ),
})

/** OpenCV's kernels for sigma 0, by their weights at distance 0, 1, 2 ... from the centre. */
const fixed: Record<number, number[]> = {
  1: [1],
  3: [0.5, 0.25],
  5: [0.375, 0.25, 0.0625],
  7: [0.28125, 0.21875, 0.109375, 0.03125],
}

const sweep = [3, 5, 7, 9, 11]

/** The image blurred: a linear operator. */
export const gaussianBlur = defineDefence({
  name: 'gaussian-blur',
  summary: 'blurs the image with a small Gaussian window (3 x 3)',
  paper: 'Gushchin et al., Adversarial purification for no-reference image-quality metrics, arXiv:2404.06957, 2024',
  options,
  variants: {
    ...Object.fromEntries(sweep.map((size) => [`gaussian-blur-k${size}`, { size }])),
    'gaussian-blur-opencv': { kernel: 'opencv' },
  },
  gradient: 'exact',
  create({ size, sigma, kernel: kind }) {
    const table = kind === 'opencv' && sigma === 0 ? fixed[size] : undefined
    const own = gaussianKernel(size, sigma || 0.3 * ((size - 1) / 2 - 1) + 0.8)
    const kernel: Kernel = table ? Float64Array.from(table) : own
    const blur = { kernel, border: 'reflect' } as const
    return {
      purify: async (image) => ({
        ...convolve(image, blur),
        pullback: async (gradient) => ({ gradient: convolveAdjoint(gradient, image, blur), kind: 'exact' }),
      }),
    }
  },
})

export default gaussianBlur
