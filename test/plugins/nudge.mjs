import { defineAttack, z } from '@cupel/core'
import { called } from './counting.mjs'

/** One sign step of size eps: a knob in L-infinity. */
export default defineAttack({
  name: 'nudge',
  summary: 'one sign step of a chosen size',
  options: z.object({
    eps: z
      .number()
      .min(0)
      .max(1)
      .default(1 / 255)
      .describe('size of the step'),
  }),
  needs: 'gradient',
  knob: { option: 'eps', measure: 'linf', range: [0.5 / 255, 20 / 255] },
  create: ({ eps }) => ({
    run: async (image, target) => {
      called('nudge', image)
      const { gradient } = await target.gradient(image)
      const sign = target.better === 'higher' ? 1 : -1
      return {
        ...image,
        data: image.data.map((v, i) => Math.min(1, Math.max(0, v + eps * sign * Math.sign(gradient[i])))),
      }
    },
  }),
})
