import type { Image } from '@cupel/core'
import { checkSides, type TermGradient } from './comparison.js'

/** The gradient of a function of the sum of squares S whose derivative is `slope` = d value / d S. */
function through(a: Image, b: Image, slope: number): Float32Array {
  const [x, y, gradient] = [a.data, b.data, new Float32Array(a.data.length)]
  if (slope !== 0) for (let i = 0; i < gradient.length; i++) gradient[i] = 2 * slope * (x[i]! - y[i]!)
  return gradient
}

/** What tells two images apart, value by value. */
export interface Difference {
  /** The mean squared difference, 0..1. */
  readonly mse: number
  /** The greatest absolute difference of any value: the L-infinity distance, 0..1. */
  readonly linf: number
  /** The Euclidean distance of all 3 * H * W values, values in 0..1. */
  readonly l2: number
}

/** All of {@link Difference} in one pass. */
export function difference(a: Image, b: Image): Difference {
  checkSides(a, b)
  // Looked up once: in a run, images are objects of many shapes.
  const [x, y] = [a.data, b.data]
  let [squares, greatest] = [0, 0]
  for (let i = 0; i < x.length; i++) {
    const d = x[i]! - y[i]!
    squares += d * d
    if (d > greatest) greatest = d
    else if (-d > greatest) greatest = -d
  }
  return { mse: squares / a.data.length, linf: greatest, l2: Math.sqrt(squares) }
}

/** The greatest absolute difference of any value: the L-infinity distance, 0..1. */
export const linf = (a: Image, b: Image): number => difference(a, b).linf

/** The Euclidean distance of all 3 * H * W values, values in 0..1. */
export const l2 = (a: Image, b: Image): number => difference(a, b).l2

/** The root of the mean squared difference, 0..1. */
export const rmse = (a: Image, b: Image): number => Math.sqrt(difference(a, b).mse)

/** {@link rmse} with its derivative with respect to `a`; at a = b, where it has none, the gradient is zero. */
export function rmseGradient(a: Image, b: Image): TermGradient {
  const value = rmse(a, b)
  return { value, gradient: through(a, b, value === 0 ? 0 : 1 / (2 * value * a.data.length)) }
}

/** Peak signal-to-noise ratio in dB, the peak being 1; Infinity for equal images. */
export const psnr = (a: Image, b: Image): number => -10 * Math.log10(difference(a, b).mse)

/** {@link psnr} with its derivative with respect to `a`; at a = b, where it is infinite, the gradient is zero. */
export function psnrGradient(a: Image, b: Image): TermGradient {
  const { mse } = difference(a, b)
  const slope = mse === 0 ? 0 : -10 / (Math.LN10 * mse * a.data.length)
  return { value: -10 * Math.log10(mse), gradient: through(a, b, slope) }
}
