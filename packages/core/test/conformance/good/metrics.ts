import { defineMetric, type Image, z } from '@cupel/core'

/** Sum of squared differences of neighbours in each row, weighted by channel: smooth, and its derivative is a line each. */
export const roughness = defineMetric({
  name: 'roughness',
  summary: 'mean squared difference of horizontal neighbours',
  better: 'lower',
  range: [0, 100],
  gradient: 'exact',
  options: z.object({ scale: z.number().positive().default(1000).describe('factor of the score') }),
  variants: { 'roughness-small': { scale: 1 } },
  create: ({ scale }) => {
    const weights = [0.3, 0.5, 0.2]
    const visit = ({ width, height, data }: Image, at: (i: number, step: number, weight: number) => void): void => {
      for (let i = 0; i < data.length; i++) {
        if (i % width < width - 1)
          at(i, data[i + 1]! - data[i]!, weights[Math.floor(i / (width * height))]! / data.length)
      }
    }
    const score = (image: Image): number => {
      let sum = 0
      visit(image, (_, step, weight) => {
        sum += weight * step * step
      })
      return scale * sum
    }
    return {
      score: async (image) => score(image),
      async gradient(image) {
        const gradient = new Float64Array(image.data.length)
        visit(image, (i, step, weight) => {
          gradient[i]! -= 2 * scale * weight * step
          gradient[i + 1]! += 2 * scale * weight * step
        })
        return { score: score(image), gradient: Float32Array.from(gradient), kind: 'exact' }
      },
    }
  },
})
