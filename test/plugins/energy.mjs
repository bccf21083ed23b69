import { defineMetric } from '@cupel/core'
import { called } from './counting.mjs'

/** f(x) = mean squared difference of horizontal neighbours, with its exact gradient. */
function energy({ width, height, data }, gradient) {
  const count = 3 * height * (width - 1)
  let score = 0
  for (let row = 0; row < 3 * height; row++) {
    for (let x = 0; x < width - 1; x++) {
      const i = row * width + x
      const step = data[i + 1] - data[i]
      score += (step * step) / count
      if (gradient) {
        gradient[i + 1] += (2 * step) / count
        gradient[i] -= (2 * step) / count
      }
    }
  }
  return score
}

export default defineMetric({
  name: 'energy',
  summary: 'mean squared horizontal difference',
  better: 'higher',
  range: [0, 0.05],
  gradient: 'exact',
  create: () => ({
    score: async (image) => {
      called('energy', image)
      return energy(image)
    },
    gradient: async (image) => {
      const gradient = new Float32Array(image.data.length)
      return { score: energy(image, gradient), gradient, kind: 'exact' }
    },
  }),
})
