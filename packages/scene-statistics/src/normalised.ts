import type { Plane } from './plane.js'

/** Mean-subtracted, contrast-normalised (MSCN) coefficients and the local deviation that they were divided by. */
export interface Normalised {
  readonly coefficients: Plane
  readonly deviation: Plane
}

/** The 7-sample Gaussian of standard deviation 7/6. */
const bell = Array.from({ length: 7 }, (_, i) => Math.exp(-((i - 3) ** 2) / (2 * (7 / 6) ** 2)))
const total = bell.reduce((a, b) => a + b)
const kernel = Float64Array.from(bell, (weight) => weight / total)

/** Convolves rows and columns with {@link kernel}; the border's pixels repeat. */
function smooth({ width, height, data }: Plane): Float64Array {
  const along = (values: Float64Array, length: number, step: number, lines: number, stride: number) => {
    const out = new Float64Array(values.length)
    for (let line = 0; line < lines; line++) {
      for (let i = 0; i < length; i++) {
        let sum = 0
        for (let k = 0; k < 7; k++) {
          const at = Math.min(length - 1, Math.max(0, i + k - 3))
          sum += kernel[k]! * values[line * stride + at * step]!
        }
        out[line * stride + i * step] = sum
      }
    }
    return out
  }
  return along(along(data, width, 1, height, width), height, width, width, 1)
}

/**
 * (y - mu) / (sigma + C), mu and sigma the mean and deviation under a Gaussian window of 7 x 7 pixels (Ruderman 1994, as in
 * BRISQUE and NIQE).
 *
 * In a flat region y and mu are equal but for rounding. Coefficients below 1e-9 are set to zero, so that the statistics do not
 * count the signs of rounding errors.
 *
 * @param C in the units of the plane: 1 for 8-bit levels
 */
export function normalised(plane: Plane, C = 1): Normalised {
  const { width, height, data } = plane
  const mean = smooth(plane)
  const square = smooth({ ...plane, data: data.map((value) => value * value) })
  const deviation = new Float64Array(data.length)
  const coefficients = new Float64Array(data.length)
  for (let i = 0; i < data.length; i++) {
    deviation[i] = Math.sqrt(Math.abs(square[i]! - mean[i]! ** 2))
    const coefficient = (data[i]! - mean[i]!) / (deviation[i]! + C)
    coefficients[i] = Math.abs(coefficient) < 1e-9 ? 0 : coefficient
  }
  return { coefficients: { width, height, data: coefficients }, deviation: { width, height, data: deviation } }
}
