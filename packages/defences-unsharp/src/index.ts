/**
 * Unsharp masking: clip(x + amount (x - G x), 0, 1), G a Gaussian blur of k x k and sigma; the image mirrored at its borders.
 *
 * Gushchin et al., "Adversarial purification for no-reference image-quality metrics: applicability study and new methods",
 * arXiv:2404.06957 (2024).
 * Differs from the reference in nothing known: k = 5, sigma = 1, amount = 1 are its values (its presets name k = 3 too).
 */
import { defineDefence, z } from '@cupel/core'
import { clipAdjoint, clipped, convolve, convolveAdjoint, gaussianKernel, windowSize } from '@cupel/filters'

const options = z.object({
  size: windowSize(5),
  sigma: z.number().positive().default(1).describe('standard deviation of the Gaussian in pixels'),
  amount: z.number().min(0).max(10).default(1).describe('how much of the detail is added; 0 changes nothing'),
})

const sweep = [3, 5, 7, 9, 11]

/** The image sharpened. Its derivative is that of the linear part, and 0 where the result was clipped. */
export const unsharp = defineDefence({
  name: 'unsharp',
  summary: 'sharpens the image by adding what a Gaussian blur takes away',
  paper: 'Gushchin et al., Adversarial purification for no-reference image-quality metrics, arXiv:2404.06957, 2024',
  options,
  variants: Object.fromEntries(sweep.map((size) => [`unsharp-k${size}`, { size }])),
  gradient: 'exact',
  create({ size, sigma, amount }) {
    const blur = { kernel: gaussianKernel(size, sigma), border: 'reflect' } as const
    const sharper = (value: number, blurred: number): number => value + amount * (value - blurred)
    return {
      async purify(image) {
        const { width, height, data } = image
        // The blurred image until it is sharpened in place.
        const out = convolve(image, blur).data
        for (let i = 0; i < out.length; i++) out[i] = clipped(sharper(data[i]!, out[i]!))
        return {
          width,
          height,
          data: out,
          async pullback(gradient) {
            // What was clipped is found anew, so that whoever only purifies does not keep it.
            const whole = convolve(image, blur).data.map((blurred, i) => sharper(data[i]!, blurred))
            const inside = clipAdjoint(whole, gradient)
            const back = convolveAdjoint(inside, image, blur)
            for (let i = 0; i < back.length; i++) back[i] = inside[i]! + amount * (inside[i]! - back[i]!)
            return { gradient: back, kind: 'exact' }
          },
        }
      },
    }
  },
})

export default unsharp
