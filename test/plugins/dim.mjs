import { defineDefence } from '@cupel/core'
import { called } from './counting.mjs'

export default defineDefence({
  name: 'dim',
  summary: 'every value times 0.9',
  create: () => ({
    purify: async (image) => {
      called('dim', image)
      return { ...image, data: image.data.map((v) => 0.9 * v) }
    },
  }),
})
