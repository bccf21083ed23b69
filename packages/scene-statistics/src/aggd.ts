import { logGamma } from './gamma.js'

/** An asymmetric generalised Gaussian distribution, by its moments. */
export interface Asymmetric {
  /** Its shape: 2 for a Gaussian, 1 for a Laplacian. */
  readonly alpha: number
  /** Standard deviations of the negative and of the positive values. */
  readonly left: number
  readonly right: number
}

/** Shapes that are tried, 0.2 to 10, and Gamma(2/a)^2 / (Gamma(1/a) Gamma(3/a)) of each, which rises with a. */
const shapes = Float64Array.from({ length: 9801 }, (_, i) => 0.2 + 0.001 * i)
const ratios = shapes.map((a) => Math.exp(2 * logGamma(2 / a) - logGamma(1 / a) - logGamma(3 / a)))

/** The index of the ratio nearest to `value`. */
function nearest(value: number): number {
  let [low, high] = [0, ratios.length - 1]
  while (high - low > 1) {
    const middle = (low + high) >> 1
    if (ratios[middle]! < value) low = middle
    else high = middle
  }
  return value - ratios[low]! <= ratios[high]! - value ? low : high
}

/**
 * Fits the asymmetric generalised Gaussian distribution by moment matching: Lasmar, Stitou, Berthoumieu, ICIP 2009, as in
 * BRISQUE and NIQE.
 *
 * @returns undefined when the values are not on both sides of zero, so that there is nothing to fit
 */
export function asymmetricFit(values: Float64Array): Asymmetric | undefined {
  let [negative, positive, below, above, absolute] = [0, 0, 0, 0, 0]
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!
    if (value < 0) {
      negative += value * value
      below++
    } else if (value > 0) {
      positive += value * value
      above++
    }
    absolute += Math.abs(value)
  }
  if (below === 0 || above === 0) return undefined
  const [left, right] = [Math.sqrt(negative / below), Math.sqrt(positive / above)]
  const g = left / right
  const r = (absolute / values.length) ** 2 / ((negative + positive) / values.length)
  const R = (r * (g ** 3 + 1) * (g + 1)) / (g ** 2 + 1) ** 2
  return { alpha: shapes[nearest(R)]!, left, right }
}
