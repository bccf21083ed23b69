import { defineAttack } from '@cupel/core'
import { called } from './counting.mjs'

export default defineAttack({
  name: 'push',
  summary: 'one sign step of 2/255',
  needs: 'gradient',
  create: () => ({
    run: async (image, target) => {
      called('push', image)
      const { gradient } = await target.gradient(image)
      const sign = target.better === 'higher' ? 1 : -1
      return {
        ...image,
        data: image.data.map((v, i) => Math.min(1, Math.max(0, v + (2 / 255) * sign * Math.sign(gradient[i])))),
      }
    },
  }),
})
