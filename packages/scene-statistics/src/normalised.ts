import type { Plane } from './plane.js'

/** Mean-subtracted, contrast-normalised (MSCN) coefficients and the local deviation that they were divided by. */
export interface Normalised {
  readonly coefficients: Plane
  readonly deviation: Plane
}

/** The half of the 7-sample Gaussian of standard deviation 7/6, from its end to its middle. */
const bell = Array.from({ length: 7 }, (_, i) => Math.exp(-((i - 3) ** 2) / (2 * (7 / 6) ** 2)))
const total = bell.reduce((a, b) => a + b)
const [k0, k1, k2, k3] = bell.map((weight) => weight / total) as [number, number, number, number]

/** Convolves rows and columns with the Gaussian; the border's pixels repeat. */
function smooth({ width, height, data }: Plane): Float64Array {
  const rows = new Float64Array(data.length)
  // A row between three repetitions of its ends.
  const line = new Float64Array(width + 6)
  for (let start = 0; start < data.length; start += width) {
    line.fill(data[start]!, 0, 3)
    line.set(data.subarray(start, start + width), 3)
    line.fill(data[start + width - 1]!, width + 3)
    for (let x = 0; x < width; x++) {
      const [a, b, c, d, e, f, g] = [x, x + 1, x + 2, x + 3, x + 4, x + 5, x + 6]
      rows[start + x] =
        k0 * line[a]! + k1 * line[b]! + k2 * line[c]! + k3 * line[d]! + k2 * line[e]! + k1 * line[f]! + k0 * line[g]!
    }
  }
  const out = new Float64Array(data.length)
  for (let y = 0; y < height; y++) {
    const at = (d: number) => Math.min(height - 1, Math.max(0, y + d)) * width
    const [a, b, c, d, e, f, g] = [at(-3), at(-2), at(-1), at(0), at(1), at(2), at(3)]
    for (let x = 0; x < width; x++) {
      const above = k0 * rows[a + x]! + k1 * rows[b + x]! + k2 * rows[c + x]!
      out[d + x] = above + k3 * rows[d + x]! + k2 * rows[e + x]! + k1 * rows[f + x]! + k0 * rows[g + x]!
    }
  }
  return out
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
  const squares = new Float64Array(data.length)
  for (let i = 0; i < data.length; i++) squares[i] = data[i]! * data[i]!
  const square = smooth({ ...plane, data: squares })
  const deviation = new Float64Array(data.length)
  const coefficients = new Float64Array(data.length)
  for (let i = 0; i < data.length; i++) {
    const mu = mean[i]!
    deviation[i] = Math.sqrt(Math.abs(square[i]! - mu * mu))
    const coefficient = (data[i]! - mu) / (deviation[i]! + C)
    coefficients[i] = Math.abs(coefficient) < 1e-9 ? 0 : coefficient
  }
  return { coefficients: { width, height, data: coefficients }, deviation: { width, height, data: deviation } }
}
