/** A place between an image (step 0) and noise (the last step): x = signal · x0 + noise · e, e standard normal. */
export interface Level {
  /** Steps of diffusion from the image; 0 is the image itself. */
  readonly step: number
  /** The root of the product of (1 - beta) up to this step: what is left of the image. */
  readonly signal: number
  /** The standard deviation of the noise; signal² + noise² = 1. */
  readonly noise: number
}

/** How fast an image turns into noise. */
export interface Schedule {
  readonly steps: number
  /** @param step a whole number in 0..steps */
  level(step: number): Level
}

/**
 * The linear schedule: the variances of single steps grow from `first` to `last`.
 *
 * Ho, Jain, Abbeel, "Denoising diffusion probabilistic models", NeurIPS 2020: 1000 steps from 1e-4 to 0.02.
 */
export function linearSchedule(steps = 1000, first = 1e-4, last = 0.02): Schedule {
  const products = [1]
  for (let i = 0; i < steps; i++) {
    const beta = first + ((last - first) * i) / Math.max(1, steps - 1)
    products.push(products[i]! * (1 - beta))
  }
  return {
    steps,
    level(step) {
      const product = products[step]
      if (product === undefined) throw new RangeError(`step ${step} is not among the 0..${steps} of the schedule`)
      return { step, signal: Math.sqrt(product), noise: Math.sqrt(1 - product) }
    },
  }
}
