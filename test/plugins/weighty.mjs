import { defineMetric } from '@cupel/core'

export default defineMetric({
  name: 'weighty',
  summary: 'needs a file',
  better: 'higher',
  range: [0, 1],
  weights: {
    file: {
      file: 'weighty.bin',
      url: 'https://example.org/weighty.bin',
      sha256: '2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824',
      licence: 'CC0-1.0',
    },
  },
  create: async (_, setup) => {
    await setup.weights('file')
    return { score: async () => 0.5 }
  },
})
