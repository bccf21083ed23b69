import type { Image, Metric, ScoreGradient } from '@cupel/core'

const side = 3
const window = 3 * side * side

/** Filters as in fixtures/reference.py: 27 weights each (channel, row, column), a bias, and the share in the score. */
const filters = [1, -0.7, 0.5, 0.9].map((share, k) => ({
  share,
  bias: 0.3 * Math.cos(k),
  weights: Float64Array.from({ length: window }, (_, n) => {
    const [c, i, j] = [Math.floor(n / 9), Math.floor(n / 3) % 3, n % 3]
    return Math.sin(1 + 13 * k + 5 * c + 3 * i + 7 * j + k * c)
  }),
}))

/**
 * A small fixed network with a closed form, so that an attack can be followed without any runtime: the score is 50 +
 * 30 times a weighted sum of the means of tanh(3 x 3 filter), four filters without padding; range 0..100. Images of
 * at least 3 x 3.
 */
export function smallNetwork(
  better: Metric['better'] = 'higher',
): Metric & { gradient(image: Image): Promise<ScoreGradient> } {
  /** The score; its derivative is added to `slope`. */
  function evaluate({ width, height, data }: Image, slope?: Float64Array): number {
    const positions = (width - side + 1) * (height - side + 1)
    // Where the values under the filter lie, counted from its upper left corner.
    const offsets = Int32Array.from(
      { length: window },
      (_, n) => (Math.floor(n / 9) * height + (Math.floor(n / 3) % 3)) * width + (n % 3),
    )
    let score = 50
    for (const { share, bias, weights } of filters) {
      const scale = (30 * share) / positions
      for (let y = 0; y + side <= height; y++) {
        for (let corner = y * width; corner + side <= (y + 1) * width; corner++) {
          let sum = bias
          for (let n = 0; n < window; n++) sum += weights[n]! * data[corner + offsets[n]!]!
          const response = Math.tanh(sum)
          score += scale * response
          if (!slope) continue
          const back = scale * (1 - response ** 2)
          for (let n = 0; n < window; n++) {
            const at = corner + offsets[n]!
            slope[at] = slope[at]! + back * weights[n]!
          }
        }
      }
    }
    return score
  }
  async function gradient(image: Image): Promise<ScoreGradient> {
    const slope = new Float64Array(image.data.length)
    const score = evaluate(image, slope)
    return { score, gradient: Float32Array.from(slope), kind: 'exact' }
  }
  return { better, range: [0, 100], score: async (image) => evaluate(image), gradient }
}
