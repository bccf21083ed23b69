import type { Image, Metric } from '@cupel/core'

/** The value of a loss, and its derivative with respect to what it is a function of. */
export interface Slope {
  readonly value: number
  readonly gradient: Float32Array
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
    const scale = -s / r
    const out = new Float32Array(gradient.length)
    for (let i = 0; i < out.length; i++) {
      const slope = scale * gradient[i]!
      // NaN and infinities differ from themselves by NaN.
      out[i] = slope - slope === 0 ? slope : 0
    }
    return { value: 1 - (s * score) / r, gradient: out }
  }
}

/** The sum of losses, each times its weight. */
export const weighted =
  (...terms: readonly (readonly [weight: number, loss: Loss])[]): Loss =>
  async (image) => {
    const gradient = new Float32Array(image.data.length)
    let value = 0
    for (const [weight, loss] of terms) {
      const term = await loss(image)
      value += weight * term.value
      for (let i = 0; i < gradient.length; i++) gradient[i] = gradient[i]! + weight * term.gradient[i]!
    }
    return { value, gradient }
  }
