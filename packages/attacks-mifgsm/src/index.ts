/**
 * MI-FGSM: I-FGSM along the sign of an accumulated gradient m <- nu m + g.
 *
 * Dong, Liao, Pang, Su, Zhu, Hu, Li, "Boosting adversarial attacks with momentum", CVPR 2018, arXiv:1710.06081.
 * Differs from the reference in that the default, as the study has it, does not divide g by its L1 norm; the variant
 * `mifgsm-l1` does, as Dong et al. do. Alpha is stated as a share of eps, so that one knob sets the strength.
 */
import { defineAttack, z } from '@cupel/core'
import { adversarial, budget, iterations, linfBall, momentum, perturb, sign } from '@cupel/descent'

const options = z.object({
  eps: budget()
    .default(10 / 255)
    .describe('L-infinity budget, in 0..1 or as k/255; rounded down to the 8-bit grid'),
  step: z.number().positive().max(1).default(0.1).describe('size alpha of a step as a share of eps'),
  steps: iterations().default(10).describe('iterations T'),
  nu: z.number().min(0).max(10).default(1).describe('decay of the accumulated gradient'),
  scale: z.enum(['none', 'l1']).default('none').describe('what each gradient is divided by before it is accumulated'),
})

/** m <- nu m + g; p <- clip(p - alpha sign(m), -eps, eps), from m = p = 0. */
export const mifgsm = defineAttack({
  name: 'mifgsm',
  summary: 'I-FGSM with momentum: signs of an accumulated gradient within an L-infinity ball',
  paper: 'Dong et al., Boosting adversarial attacks with momentum, CVPR 2018, arXiv:1710.06081',
  options,
  variants: {
    'mifgsm-l1': { scale: 'l1' },
    'mifgsm-linf2': { eps: 2 / 255 },
    'mifgsm-linf4': { eps: 4 / 255 },
    'mifgsm-linf8': { eps: 8 / 255 },
    'mifgsm-linf16': { eps: 16 / 255 },
  },
  aliases: { 'mi-fgsm': 'mifgsm' },
  needs: 'gradient',
  knob: { option: 'eps', measure: 'linf', range: [1 / 255, 32 / 255], budget: true },
  create: ({ eps, step, steps, nu, scale }) => ({
    run(x, target, context) {
      const optimiser = momentum(nu, scale, sign(step * eps))
      return perturb(x, adversarial(target), { steps, context, optimiser, constraints: [linfBall(eps)] })
    },
  }),
})

export default mifgsm
