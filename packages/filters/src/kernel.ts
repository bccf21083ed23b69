import { fittedWindow } from './window.js'

/** A symmetric kernel by its weights at distance 0, 1, 2 ... from the centre; those of the whole kernel add up to 1. */
export type Kernel = Float64Array

/** The Gaussian of an odd `size` (samples) and of `sigma` (pixels), sampled at whole pixels and normalised. */
export const gaussianKernel = (size: number, sigma: number): Kernel =>
  normalised(
    // The square of a tiny sigma is 0, and 0 / 0 no number.
    Float64Array.from({ length: (size + 1) / 2 }, (_, distance) =>
      distance === 0 ? 1 : Math.exp((-distance * distance) / (2 * sigma * sigma)),
    ),
  )

/** The kernel cut to what a side holds, adding up to 1 again. */
export const fitted = (kernel: Kernel, side: number): Kernel =>
  normalised(kernel.subarray(0, (fittedWindow(2 * kernel.length - 1, side) + 1) / 2))

function normalised(kernel: Kernel): Kernel {
  const sum = kernel.reduce((total, weight, distance) => total + (distance === 0 ? weight : 2 * weight), 0)
  return kernel.map((weight) => weight / sum)
}
