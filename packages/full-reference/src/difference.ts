import type { Image } from '@cupel/core'
import { checkSides, type TermGradient } from './comparison.js'

function squares(a: Image, b: Image): number {
  checkSides(a, b)
  let sum = 0
  for (let i = 0; i < a.data.length; i++) {
    const d = a.data[i]! - b.data[i]!
    sum += d * d
  }
  return sum
}

/** The gradient of a function of the sum of squares S whose derivative is `slope` = d value / d S. */
function through(a: Image, b: Image, slope: number): Float32Array {
  const gradient = new Float32Array(a.data.length)
  if (slope !== 0) for (let i = 0; i < gradient.length; i++) gradient[i] = 2 * slope * (a.data[i]! - b.data[i]!)
  return gradient
}

/** The greatest absolute difference of any value: the L-infinity distance, 0..1. */
export function linf(a: Image, b: Image): number {
  checkSides(a, b)
  let greatest = 0
  for (let i = 0; i < a.data.length; i++) {
    const d = Math.abs(a.data[i]! - b.data[i]!)
    if (d > greatest) greatest = d
  }
  return greatest
}

/** The Euclidean distance of all 3 * H * W values, values in 0..1. */
export const l2 = (a: Image, b: Image): number => Math.sqrt(squares(a, b))

/** The root of the mean squared difference, 0..1. */
export const rmse = (a: Image, b: Image): number => Math.sqrt(squares(a, b) / a.data.length)

/** {@link rmse} with its derivative with respect to `a`; at a = b, where it has none, the gradient is zero. */
export function rmseGradient(a: Image, b: Image): TermGradient {
  const value = rmse(a, b)
  return { value, gradient: through(a, b, value === 0 ? 0 : 1 / (2 * value * a.data.length)) }
}

/** Peak signal-to-noise ratio in dB, the peak being 1; Infinity for equal images. */
export const psnr = (a: Image, b: Image): number => -10 * Math.log10(squares(a, b) / a.data.length)

/** {@link psnr} with its derivative with respect to `a`; at a = b, where it is infinite, the gradient is zero. */
export function psnrGradient(a: Image, b: Image): TermGradient {
  const sum = squares(a, b)
  const value = -10 * Math.log10(sum / a.data.length)
  return { value, gradient: through(a, b, sum === 0 ? 0 : -10 / (Math.LN10 * sum)) }
}
