/**
 * I-FGSM, the basic iterative method: T times a step of size alpha along the sign of the gradient, held within an
 * L-infinity ball of radius eps about the image.
 *
 * Kurakin, Goodfellow, Bengio, "Adversarial examples in the physical world", ICLR workshop 2017, arXiv:1607.02533.
 * Differs from the reference in stating alpha as a share of eps, so that one knob sets the strength: the study's
 * alpha = 1/255 at eps = 10/255 is the default, its sweep of alpha from 0.1/255 to 10/255 is `step` from 0.01 to 1.
 */
import { defineAttack, z } from '@cupel/core'
import { adversarial, budget, iterations, linfBall, perturb, sign } from '@cupel/descent'

const options = z.object({
  eps: budget()
    .default(10 / 255)
    .describe('L-infinity budget, in 0..1 or as k/255; rounded down to the 8-bit grid'),
  step: z.number().positive().max(1).default(0.1).describe('size alpha of a step as a share of eps'),
  steps: iterations().default(10).describe('iterations T'),
})

/** p <- clip(p - alpha sign(grad L_adv(clip(x + p, 0, 1))), -eps, eps), from p = 0. */
export const ifgsm = defineAttack({
  name: 'ifgsm',
  summary: 'signs of the gradient, a step at a time, within an L-infinity ball',
  paper:
    'Kurakin, Goodfellow, Bengio, Adversarial examples in the physical world, ICLR workshop 2017, arXiv:1607.02533',
  options,
  variants: {
    'ifgsm-linf2': { eps: 2 / 255 },
    'ifgsm-linf4': { eps: 4 / 255 },
    'ifgsm-linf8': { eps: 8 / 255 },
    'ifgsm-linf16': { eps: 16 / 255 },
  },
  aliases: { 'i-fgsm': 'ifgsm', bim: 'ifgsm' },
  needs: 'gradient',
  knob: { option: 'eps', measure: 'linf', range: [1 / 255, 32 / 255], budget: true },
  create: ({ eps, step, steps }) => ({
    run(x, target, context) {
      const alpha = step * eps
      return perturb(x, adversarial(target), { steps, context, optimiser: sign(alpha), constraints: [linfBall(eps)] })
    },
  }),
})

export default ifgsm
