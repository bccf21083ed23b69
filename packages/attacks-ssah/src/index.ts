/**
 * SSAH: Adam on the pixels, held back where the low frequencies of the image would change, so that the attack lives
 * in the detail.
 *
 * Luo, Lin, Xie, Wu, Yang, Shen, "Frequency-driven imperceptible adversarial attack on semantic similarity", CVPR 2022,
 * arXiv:2203.05151.
 * Differs from the reference in L_adv, which takes the place of the classifier's similarity of features (as in the
 * study), and in padding odd sides for the wavelet transform only: the study's code scores the padded image during
 * the attack. There is no variant for the original: its loss compares features of a classifier, which a metric does not
 * have to have, and it takes 150 steps in a tanh re-parameterisation made for that loss.
 */
import { defineAttack, z } from '@cupel/core'
import { adam, adversarial, box, iterations, perturb, rate, weighted } from '@cupel/descent'
import { lowFrequencyLoss } from './low.js'

const options = z.object({
  lambda: z.number().min(0).max(1000).default(0.1).describe('weight of the low-frequency term'),
  lr: rate().default(0.001).describe('learning rate of Adam'),
  steps: iterations().default(10).describe('iterations T'),
})

/** x' <- clip(Adam(x', grad(L_adv(x') + lambda SmoothL1(LL(x'), LL(x)))), 0, 1). */
export const ssah = defineAttack({
  name: 'ssah',
  summary: 'keeps the low frequencies of a Haar transform as they are',
  paper:
    'Luo et al., Frequency-driven imperceptible adversarial attack on semantic similarity, CVPR 2022, arXiv:2203.05151',
  options,
  needs: 'gradient',
  knob: { option: 'lr', measure: 'linf', range: [0.0001, 0.02] },
  create: ({ lambda, lr, steps }) => ({
    run(x, target, context) {
      const loss = weighted([1, adversarial(target)], [lambda, (image) => lowFrequencyLoss(image, x)])
      return perturb(x, loss, { steps, context, optimiser: adam(lr), constraints: [box] })
    },
  }),
})

export default ssah
