/**
 * AdvCF (also ACE): a colour filter of K = 64 linear pieces per channel, whose slopes theta are found by gradient
 * descent on L_adv + lambda sum (theta / sum theta - 1 / K)^2. Large smooth changes of colour, no bound on the change
 * of a pixel.
 *
 * Zhao, Liu, Larson, "Adversarial color enhancement: generating unrestricted adversarial images by optimizing a color
 * filter", BMVC 2020, arXiv:2002.01008, and "Adversarial image color transformations in explicit color filter space",
 * TIFS 2023, arXiv:2011.06690 (the bounded version).
 * Differs from the reference in the scale of theta at the start: the learning rate and that scale set the strength,
 * public versions of the study's code disagree on them, and the default here (theta = 1, lr = 0.01) is fitted to the
 * quality that the study published; the readings from code are the variants `advcf-lr...`. The originals' search over
 * lambda for the least change that still misclassifies has no counterpart for a score.
 */
import { defineAttack, z } from '@cupel/core'
import { adam, adversarial, concluded, descend, iterations, normalised, rate } from '@cupel/descent'
import { adjustment, filtered, K, toTheta } from './curve.js'

const options = z.object({
  steps: iterations().default(10).describe('iterations T, which set the strength'),
  lr: rate().default(0.01).describe('learning rate of Adam, or length of a normalised step'),
  theta: z.number().min(1e-6).max(1000).default(1).describe('slope of every piece at the start'),
  lambda: z.number().min(0).max(1000).default(0.5).describe('weight of the adjustment term'),
  optimiser: z.enum(['adam', 'normalised']).default('adam').describe('Adam, or steps of the L2-normalised gradient'),
  bound: z
    .number()
    .min(1)
    .max(1000)
    .nullable()
    .default(null)
    .describe('slopes stay in theta .. bound * theta; null: only >= 0'),
})

const ace = { theta: 1 / K, bound: null } as const

/** theta <- theta - step(grad), x' = F_theta(x), from the identity. */
export const advcf = defineAttack({
  name: 'advcf',
  summary: 'a colour curve per channel: unrestricted, smooth changes of colour',
  paper: 'Zhao, Liu, Larson, Adversarial color enhancement, BMVC 2020, arXiv:2002.01008; TIFS 2023, arXiv:2011.06690',
  options,
  variants: {
    'advcf-lr0.1': { ...ace, lr: 0.1 },
    'advcf-lr0.01': { ...ace, lr: 0.01 },
    'advcf-lr0.001': { ...ace, lr: 0.001 },
    'advcf-ace': { ...ace, lr: 0.01, lambda: 5, steps: 500 },
    'advcf-bounded': { ...ace, lr: 1, lambda: 0, steps: 100, optimiser: 'normalised', bound: 16 },
  },
  aliases: { 'adv-cf': 'advcf', ace: 'advcf-ace' },
  needs: 'gradient',
  knob: { option: 'steps', measure: 'ssim', range: [1, 20], whole: true },
  create: ({ steps, lr, theta: initial, lambda, optimiser, bound }) => ({
    async run(x, target, context) {
      const L_adv = adversarial(target)
      const [low, high] = bound === null ? [1e-6 * initial, Infinity] : [initial, bound * initial]
      const descended = await descend(
        new Float32Array(3 * K).fill(initial),
        async (theta) => {
          const slope = await L_adv(filtered(x, theta))
          const penalty = adjustment(theta)
          const gradient = toTheta(x, theta, slope.gradient).map((g, i) => g + lambda * penalty.gradient[i]!)
          return { ...slope, value: slope.value + lambda * penalty.value, gradient }
        },
        {
          steps,
          context,
          optimiser: optimiser === 'adam' ? adam(lr) : normalised(lr),
          constrain(theta) {
            for (const [i, slope] of theta.entries()) theta[i] = Math.min(high, Math.max(low, slope))
          },
        },
      )
      return concluded(x, descended, (theta) => filtered(x, theta))
    },
  }),
})

export default advcf
