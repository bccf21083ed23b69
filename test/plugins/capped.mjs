import { defineAttack, z } from '@cupel/core'
import { called } from './counting.mjs'
import { step } from './nudge.mjs'

/** One sign step of size eps, which is a budget: a strength is set without a trial. */
export default defineAttack({
  name: 'capped',
  summary: 'one sign step of a given budget',
  options: z.object({
    eps: step(),
  }),
  variants: { 'capped-linf5': { eps: 5 / 255 } },
  needs: 'gradient',
  random: true,
  knob: { option: 'eps', measure: 'linf', range: [1 / 255, 20 / 255], budget: true },
  create: ({ eps }) => ({
    run: async (image, target, { random }) => {
      called('capped', image)
      const { gradient } = await target.gradient(image)
      const sign = target.better === 'higher' ? 1 : -1
      const share = random.uniforms(image.data.length)
      return {
        ...image,
        data: image.data.map((v, i) =>
          Math.min(1, Math.max(0, v + (share[i] < 0.9 ? eps : 0) * sign * Math.sign(gradient[i]))),
        ),
      }
    },
  }),
})
