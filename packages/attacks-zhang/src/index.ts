/**
 * Zhang et al.: Adam on the pixels, the change of the score against a perceptual distance D to the source.
 *
 * Zhang, Li, Min, Zhai, Guo, Yang, Ma, "Perceptual attacks of no-reference image quality models with human-in-the-loop",
 * NeurIPS 2022, arXiv:2210.00933.
 * Differs from the reference in the loss, which is the study's D(x', x) - s f(x') / r from x' = x in T = 10 steps; the original
 * maximises the squared change of a score mapped to 0..10, minus lambda D, from a random start in 200 steps.
 */
import { defineAttack, type Image, z } from '@cupel/core'
import { adam, adversarial, box, iterations, type Loss, perturb, rate, weighted } from '@cupel/descent'
import { ssimGradient } from '@cupel/full-reference'

const options = z.object({
  proxy: z.enum(['ssim']).default('ssim').describe('the perceptual distance D: 1 - SSIM (11 x 11 Gaussian)'),
  lambda: z.number().min(0).max(1000).default(1).describe('weight of D'),
  lr: rate().default(0.005).describe('learning rate of Adam'),
  steps: iterations().default(10).describe('iterations T'),
})

/** D(x', x) = 1 - SSIM(x', x). */
const dissimilarity =
  (x: Image): Loss =>
  (image) => {
    const { value, gradient } = ssimGradient(image, x, { window: 'gaussian' })
    return { value: 1 - value, gradient: gradient.map((g) => -g) }
  }

/** x' <- clip(Adam(x', grad(D(x', x) + L_adv(x'))), 0, 1). */
export const zhang = defineAttack({
  name: 'zhang',
  summary: 'improves the score under a perceptual penalty',
  paper: 'Zhang et al., Perceptual attacks of NR-IQA models with human-in-the-loop, NeurIPS 2022, arXiv:2210.00933',
  options,
  variants: { 'zhang-ssim': { proxy: 'ssim' } },
  defaults: ['zhang-ssim'],
  aliases: { 'zhang-et-al-ssim': 'zhang-ssim' },
  needs: 'gradient',
  knob: { option: 'lr', measure: 'linf', range: [0.0001, 0.02] },
  create: ({ lambda, lr, steps }) => ({
    run(x, target, context) {
      const loss = weighted([1, adversarial(target)], [lambda, dissimilarity(x)])
      return perturb(x, loss, { steps, context, optimiser: adam(lr), constraints: [box] })
    },
  }),
})

export default zhang
