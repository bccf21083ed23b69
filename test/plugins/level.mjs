import { defineMetric } from '@cupel/core'

/** f(x) = the mean of all values, with its exact gradient. */
export default defineMetric({
  name: 'level',
  summary: 'mean value',
  better: 'higher',
  range: [0, 1],
  gradient: 'exact',
  create: () => {
    const mean = ({ data }) => data.reduce((sum, value) => sum + value, 0) / data.length
    return {
      score: async (image) => mean(image),
      gradient: async (image) => ({
        score: mean(image),
        gradient: new Float32Array(image.data.length).fill(1 / image.data.length),
        kind: 'exact',
      }),
    }
  },
})
