import { defineDefence } from '@cupel/core'

/** Brightens until values are clipped: what rises is held up, what falls is not. */
export default defineDefence({
  name: 'lift',
  summary: 'every value plus 0.45, at most 1',
  create: () => ({
    purify: async (image) => ({ ...image, data: image.data.map((v) => Math.min(1, v + 0.45)) }),
  }),
})
