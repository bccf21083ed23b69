import { setTimeout } from 'node:timers/promises'
import { defineAttack, z } from '@cupel/core'
import { called } from './counting.mjs'

/** The size of a step. */
export const step = () =>
  z
    .number()
    .min(0)
    .max(1)
    .default(1 / 255)
    .describe('size of the step')

/** One sign step of size eps: a knob in L-infinity. */
export default defineAttack({
  name: 'nudge',
  summary: 'one sign step of a chosen size',
  options: z.object({
    eps: step(),
    asks: z.int().default(0).describe('scores that it asks for first'),
    pause: z.number().default(0).describe('milliseconds before each'),
  }),
  variants: { 'nudge-slowly': { asks: 16, pause: 200 } },
  needs: 'gradient',
  knob: { option: 'eps', measure: 'linf', range: [0.5 / 255, 20 / 255] },
  create: ({ eps, asks, pause }) => ({
    run: async (image, target) => {
      called('nudge', image)
      for (let k = 0; k < asks; k++) {
        await setTimeout(pause)
        await target.score(image)
      }
      const { gradient } = await target.gradient(image)
      const sign = target.better === 'higher' ? 1 : -1
      return {
        ...image,
        data: image.data.map((v, i) => Math.min(1, Math.max(0, v + eps * sign * Math.sign(gradient[i])))),
      }
    },
  }),
})
