import type { Image, Metric } from '@cupel/core'
import { adversarial, type Loss, norm } from '@cupel/descent'

/**
 * -(s' - s0)^2 where the score s' is better than the source's s0, and its negative where it is worse, so that lowering it always
 * improves the score; the metric's range counts 10. Its slope is 0 at the source.
 *
 * @param x the source; the metric is asked about it once
 */
export async function squaredChange(target: Metric, x: Image): Promise<Loss> {
  const loss = adversarial(target)
  const { value: clean } = await loss(x)
  return async (image) => {
    const slope = await loss(image)
    const better = 10 * (clean - slope.value)
    const steepness = 20 * Math.abs(better)
    return {
      ...slope,
      value: -better * Math.abs(better),
      gradient: slope.gradient.map((g) => steepness * g),
    }
  }
}

/** The loss with its gradient divided by its L2 norm. */
export const unit =
  (loss: Loss): Loss =>
  async (image) => {
    const slope = await loss(image)
    const length = norm(slope.gradient, 2) || 1
    return { ...slope, gradient: slope.gradient.map((g) => g / length) }
  }
