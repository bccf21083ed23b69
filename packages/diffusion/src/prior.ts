import type { Image } from '@cupel/core'
import type { Level } from './schedule.js'

/** An image on its way: three planes of real numbers, of which -1..1 is black to white; noise goes beyond. */
export type Picture = Image

/** What a prior says of a noisy picture, in planes laid out as its data. */
export interface Prediction {
  /** The noise in it: e of x = signal · x0 + noise · e. */
  readonly noise: Float32Array
  /**
   * Where the network learnt the variance of a step: the place of its logarithm between the least (-1) and the greatest (1)
   * that is sensible (Nichol and Dhariwal, "Improved denoising diffusion probabilistic models", ICML 2021).
   */
  readonly range?: Float32Array
}

/** Knows what images look like: tells the noise in a picture from the picture, and so the score of the noisy pictures' density, -e / noise. */
export interface Prior {
  /** Pixels around a pixel that decide over its noise; Infinity when all do. */
  readonly radius: number
  /** @throws what `signal` was aborted with, between two tiles of a prior that is asked in tiles */
  predict(picture: Picture, level: Level, signal?: AbortSignal): Promise<Prediction>
  /** Vector-Jacobian product: from d L / d prediction to d L / d picture. */
  pullback(picture: Picture, level: Level, gradient: Prediction, signal?: AbortSignal): Promise<Float32Array>
  dispose(): Promise<void>
}
