import { defineMetric } from '@cupel/core'

export default defineMetric({
  name: 'nan',
  summary: 'returns NaN',
  better: 'higher',
  range: [0, 1],
  create: () => ({ score: async () => Number.NaN }),
})
