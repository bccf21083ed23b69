import { defineDefence } from '@cupel/core'
import { called } from './counting.mjs'

export default defineDefence({
  name: 'grain',
  summary: 'seeded noise of 0.02',
  random: true,
  create: () => ({
    purify: async (image, { random }) => {
      called('grain', image)
      const noise = random.normals(image.data.length)
      return { ...image, data: image.data.map((v, i) => Math.min(1, Math.max(0, v + 0.02 * noise[i]))) }
    },
  }),
})
