/**
 * stAdv: moves pixels along a flow field f instead of changing their values, and keeps the flow smooth: gradient
 * descent on L_adv(x'_f) + tau L_flow(f).
 *
 * Xiao, Zhu, Li, He, Liu, Song, "Spatially transformed adversarial examples", ICLR 2018, arXiv:1801.02612.
 * Differs from the reference in L_adv, which takes the place of a margin between classes, and in Adam in place of
 * L-BFGS, whose line search asks for an unknown number of gradients.
 */
import { defineAttack, z } from '@cupel/core'
import { adam, adversarial, concluded, descend, iterations, rate } from '@cupel/descent'
import { roughness, toFlow, warped } from './flow.js'

const options = z.object({
  lr: rate().default(0.05).describe('learning rate of Adam, in pixels'),
  steps: iterations().default(20).describe('iterations'),
  tau: z
    .number()
    .min(0)
    .max(1000)
    .default(0.05)
    .describe('weight of the roughness of the flow, per pixel of the image'),
})

/** f <- Adam(f, grad(L_adv(x'_f) + tau L_flow(f) / (H W))), from f = 0. */
export const stadv = defineAttack({
  name: 'stadv',
  summary: 'moves pixels along a smooth flow field',
  paper: 'Xiao et al., Spatially transformed adversarial examples, ICLR 2018, arXiv:1801.02612',
  options,
  needs: 'gradient',
  knob: { option: 'lr', measure: 'ssim', range: [0.001, 0.5] },
  create: ({ lr, steps, tau }) => ({
    async run(x, target, context) {
      const L_adv = adversarial(target)
      const area = x.width * x.height
      const descended = await descend(
        new Float32Array(2 * area),
        async (f) => {
          const slope = await L_adv(warped(x, f))
          const L_flow = roughness(f, x.width, x.height)
          const gradient = toFlow(x, f, slope.gradient).map((g, i) => g + (tau / area) * L_flow.gradient[i]!)
          return { ...slope, value: slope.value + (tau / area) * L_flow.value, gradient }
        },
        { steps, context, optimiser: adam(lr) },
      )
      return concluded(x, descended, (f) => warped(x, f))
    },
  }),
})

export default stadv
