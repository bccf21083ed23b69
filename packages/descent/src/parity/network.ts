import type { Image, Metric, ScoreGradient } from '@cupel/core'

const filters = 4
const side = 3

/** Weight of filter k at channel c, row i, column j, its bias and its share in the score: as in fixtures/reference.py. */
const weight = (k: number, c: number, i: number, j: number): number =>
  Math.sin(1 + 13 * k + 5 * c + 3 * i + 7 * j + k * c)
const bias = (k: number): number => 0.3 * Math.cos(k)
const share = [1, -0.7, 0.5, 0.9]

/**
 * A small fixed network with a closed form, so that an attack can be followed without any runtime: the score is 50 + 30 times
 * a weighted sum of the means of tanh(3 x 3 filter), four filters without padding; range 0..100. Images of at least 3 x 3.
 */
export function smallNetwork(
  better: Metric['better'] = 'higher',
): Metric & { gradient(image: Image): Promise<ScoreGradient> } {
  async function gradient({ width, height, data }: Image): Promise<ScoreGradient> {
    const positions = (width - side + 1) * (height - side + 1)
    const slope = new Float64Array(data.length)
    let score = 50
    for (let k = 0; k < filters; k++) {
      for (let y = 0; y + side <= height; y++) {
        for (let x = 0; x + side <= width; x++) {
          let sum = bias(k)
          for (let c = 0; c < 3; c++)
            for (let i = 0; i < side; i++)
              for (let j = 0; j < side; j++) sum += weight(k, c, i, j) * data[(c * height + y + i) * width + x + j]!
          const response = Math.tanh(sum)
          const scale = (30 * share[k]!) / positions
          score += scale * response
          for (let c = 0; c < 3; c++)
            for (let i = 0; i < side; i++)
              for (let j = 0; j < side; j++) {
                const at = (c * height + y + i) * width + x + j
                slope[at] = slope[at]! + scale * (1 - response ** 2) * weight(k, c, i, j)
              }
        }
      }
    }
    return { score, gradient: Float32Array.from(slope), kind: 'exact' }
  }
  return { better, range: [0, 100], score: async (image) => (await gradient(image)).score, gradient }
}
