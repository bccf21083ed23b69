import type { Image, Metric } from '@cupel/core'

/** The value of a loss, and its derivative with respect to what it is a function of. */
export interface Slope {
  readonly value: number
  /** In an array of its own, which whoever asked for it may write into. */
  readonly gradient: Float32Array
  /** Whether the metric has no slope at all here; told by the gradient when it is not stated. */
  readonly flat?: boolean
  /** Whether the metric's gradient held values that are not finite; they count 0. */
  readonly nan?: boolean
}

/** A differentiable loss of an image, to be lowered; its gradient is laid out as the image's data. */
export type Loss = (image: Image) => Slope | Promise<Slope>

/**
 * The adversarial loss of the study, L_adv = 1 - s f(x) / r: s = 1 where higher scores are better and -1 where lower
 * ones are, r the width of the metric's range. Lowering it improves the score. Values of the gradient that are not
 * finite become 0.
 *
 * @param target a metric that has a gradient
 */
export function adversarial(target: Metric): Loss {
  const s = target.better === 'higher' ? 1 : -1
  const r = Math.abs(target.range[1] - target.range[0])
  return async (image) => {
    const { score, gradient } = await target.gradient!(image)
    return { value: 1 - (s * score) / r, ...scaled(gradient, -s / r) }
  }
}

/** The gradient times a factor, whether nothing is left of it, and whether values were not finite, which become 0. */
function scaled(gradient: Float32Array, factor: number): Pick<Slope, 'gradient' | 'flat' | 'nan'> {
  const out = new Float32Array(gradient.length)
  let [flat, nan] = [true, false]
  for (let i = 0; i < out.length; i++) {
    const slope = factor * gradient[i]!
    if (slope === 0) continue
    // NaN and infinities differ from themselves by NaN.
    if (slope - slope === 0) {
      out[i] = slope
      flat = false
    } else nan = true
  }
  return { gradient: out, flat, nan }
}

/** The sum of losses, each times its weight; flat where one of them is, and nan too. */
export const weighted =
  (...terms: readonly (readonly [weight: number, loss: Loss])[]): Loss =>
  async (image) => {
    const gradient = new Float32Array(image.data.length)
    let value = 0
    let [flat, nan] = [false, false]
    for (const [weight, loss] of terms) {
      const term = await loss(image)
      flat ||= term.flat ?? false
      nan ||= term.nan ?? false
      value += weight * term.value
      for (let i = 0; i < gradient.length; i++) gradient[i] = gradient[i]! + weight * term.gradient[i]!
    }
    return { value, gradient, flat, nan }
  }
