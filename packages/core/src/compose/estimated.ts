import { digest, type Image } from '../image.js'
import type { Metric } from '../interface.js'
import { createRandom, type Random } from '../random.js'

export interface EstimatedOptions {
  /** Pairs of queries a gradient is estimated from; 50 unless told. */
  readonly samples?: number
  /** Standard deviation of the probes, in units of the image's 0..1; 1/255 unless told. */
  readonly sigma?: number
  readonly random?: Random
}

/**
 * Gives a metric without a gradient an estimated one, by antithetic natural evolution strategies (Ilyas et al., ICML 2018):
 * g = 1 / (2 sigma n) * sum over n of (f(x + sigma u) - f(x - sigma u)) u, u standard normal. It costs 2n + 1 scores.
 * Probes are not clamped to 0..1 as a whole; a probe's values that leave it are brought back, which shortens it there.
 */
export function estimated(metric: Metric, options: EstimatedOptions = {}): Metric {
  const { samples = 50, sigma = 1 / 255, random = createRandom(0) } = options
  return {
    better: metric.better,
    range: metric.range,
    score: (image) => metric.score(image),
    async gradient(image) {
      const own = random.fork('estimated', digest(image))
      const gradient = new Float32Array(image.data.length)
      const probe = (direction: Float32Array, length: number): Image => ({
        ...image,
        data: image.data.map((value, i) => Math.min(1, Math.max(0, value + length * direction[i]!))),
      })
      for (let k = 0; k < samples; k++) {
        const direction = own.fork(k).normals(gradient.length)
        const rise = (await metric.score(probe(direction, sigma))) - (await metric.score(probe(direction, -sigma)))
        const weight = rise / (2 * sigma * samples)
        for (let i = 0; i < gradient.length; i++) gradient[i] = gradient[i]! + weight * direction[i]!
      }
      return { score: await metric.score(image), gradient, kind: 'estimated' }
    },
  }
}
