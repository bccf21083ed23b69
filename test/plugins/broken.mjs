import { defineDefence, z } from '@cupel/core'

/** A defence that does whatever a defence must not. */
export default defineDefence({
  name: 'broken',
  summary: 'breaks the contract in a chosen way',
  options: z.object({
    how: z.enum(['throws', 'nan', 'size', 'hangs', 'exits']).default('throws').describe('what it does'),
  }),
  variants: Object.fromEntries(['throws', 'nan', 'size', 'hangs', 'exits'].map((how) => [`broken-${how}`, { how }])),
  create: ({ how }) => ({
    purify: async (image) => {
      if (how === 'throws') throw new Error('deliberately broken')
      if (how === 'nan') return { ...image, data: image.data.map((v, i) => (i === 5 ? Number.NaN : v)) }
      if (how === 'size') return { width: 1, height: 1, data: new Float32Array(3) }
      if (how === 'exits') process.exit(3)
      for (;;);
    },
  }),
})
