/**
 * AMI-FGSM: MI-FGSM made for image-quality metrics. The public code of the study's benchmark bounds it by its steps alone:
 * T of them, eps / T each.
 *
 * Sang, Zhang, Liu, Wu, Bovik, "On the generation of adversarial examples for image quality assessment", The Visual Computer 2023.
 * Differs from the reference in nothing the public code does; the published bounds that depend on the image through its NIQE
 * (eps(x) = K / NIQE(x)) are not part of this package.
 */
import { defineAttack, z } from '@cupel/core'
import { adversarial, box, budget, iterations, momentum, perturb, sign } from '@cupel/descent'

const options = z.object({
  eps: budget()
    .default(10 / 255)
    .describe('sum of all steps, in 0..1 or as k/255; rounded down to the 8-bit grid'),
  steps: iterations().default(10).describe('iterations T'),
  nu: z.number().min(0).max(10).default(1).describe('decay of the accumulated gradient'),
})

/** m <- nu m + g; x' <- clip(x' - eps / T sign(m), 0, 1), from x' = x. */
export const amifgsm = defineAttack({
  name: 'amifgsm',
  summary: 'MI-FGSM bounded by its steps alone',
  paper:
    'Sang et al., On the generation of adversarial examples for image quality assessment, The Visual Computer, 2023',
  options,
  aliases: { 'ami-fgsm': 'amifgsm' },
  needs: 'gradient',
  knob: { option: 'eps', measure: 'linf', range: [1 / 255, 32 / 255] },
  create: ({ eps, steps, nu }) => ({
    run(x, target, context) {
      const optimiser = momentum(nu, 'none', sign(eps / Math.max(1, steps)))
      return perturb(x, adversarial(target), { steps, context, optimiser, constraints: [box] })
    },
  }),
})

export default amifgsm
