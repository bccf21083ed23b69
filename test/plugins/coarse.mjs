import { defineMetric } from '@cupel/core'

/** f(x) = mean squared difference of values two columns apart: kin to `energy`, so that attacks transfer. */
export default defineMetric({
  name: 'coarse',
  summary: 'mean squared horizontal difference at distance two',
  better: 'higher',
  range: [0, 0.05],
  gradient: 'exact',
  create: () => {
    const measure = ({ width, height, data }, gradient) => {
      const count = 3 * height * (width - 2)
      let score = 0
      for (let row = 0; row < 3 * height; row++) {
        for (let x = 0; x < width - 2; x++) {
          const i = row * width + x
          const step = data[i + 2] - data[i]
          score += (step * step) / count
          if (gradient) {
            gradient[i + 2] += (2 * step) / count
            gradient[i] -= (2 * step) / count
          }
        }
      }
      return score
    }
    return {
      score: async (image) => measure(image),
      gradient: async (image) => {
        const gradient = new Float32Array(image.data.length)
        return { score: measure(image, gradient), gradient, kind: 'exact' }
      },
    }
  },
})
