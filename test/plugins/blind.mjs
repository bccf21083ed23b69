import { defineMetric } from '@cupel/core'

/** f(x) = the mean of all values, without a gradient. */
export default defineMetric({
  name: 'blind',
  summary: 'mean value, scores only',
  better: 'higher',
  range: [0, 1],
  create: () => ({ score: async ({ data }) => data.reduce((sum, value) => sum + value, 0) / data.length }),
})
