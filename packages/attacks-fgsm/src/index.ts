/**
 * FGSM: one step of size eps along the sign of the gradient.
 *
 * Goodfellow, Shlens, Szegedy, "Explaining and harnessing adversarial examples", ICLR 2015, arXiv:1412.6572.
 * Differs from the reference in descending on L_adv instead of ascending on the loss of a classifier. The default is
 * one grey level, as in their figure of a photograph (eps = .007 in the units of its network, the smallest bit of an
 * 8-bit image); the study's benchmark takes ten (`fgsm-linf10`), where a single straight step overshoots on a curved
 * metric and may leave the score worse than it was.
 */
import { defineAttack, z } from '@cupel/core'
import { adversarial, budget, perturb, sign } from '@cupel/descent'

const options = z.object({
  eps: budget()
    .default(1 / 255)
    .describe('L-infinity budget, in 0..1 or as k/255; rounded down to the 8-bit grid'),
})

/** x' = clip(x - eps sign(grad L_adv(x)), 0, 1). */
export const fgsm = defineAttack({
  name: 'fgsm',
  summary: 'one step along the sign of the gradient',
  paper: 'Goodfellow, Shlens, Szegedy, Explaining and harnessing adversarial examples, ICLR 2015, arXiv:1412.6572',
  options,
  variants: {
    'fgsm-linf2': { eps: 2 / 255 },
    'fgsm-linf4': { eps: 4 / 255 },
    'fgsm-linf8': { eps: 8 / 255 },
    'fgsm-linf10': { eps: 10 / 255 },
    'fgsm-linf16': { eps: 16 / 255 },
  },
  aliases: { 'std-fgsm': 'fgsm-linf10' },
  needs: 'gradient',
  knob: { option: 'eps', measure: 'linf', range: [1 / 255, 32 / 255], budget: true },
  create: ({ eps }) => ({
    run: (x, target, context) =>
      perturb(x, adversarial(target), { steps: 1, context, optimiser: sign(eps), constraints: [] }),
  }),
})

export default fgsm
