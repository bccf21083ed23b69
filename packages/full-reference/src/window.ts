/** A square window that weighs a neighbourhood, separable and symmetric: `taps` along both axes, summing to 1. */
export interface Window {
  readonly taps: Float64Array
  /** Whether all taps are equal, so that sums can be kept up while the window slides. */
  readonly flat: boolean
}

/** All taps equal. */
export const uniform = (size: number): Window => ({ taps: new Float64Array(size).fill(1 / size), flat: true })

/** Taps of a Gaussian of standard deviation `sigma` pixels about the window's middle. */
export function gaussian(size: number, sigma: number): Window {
  const taps = Float64Array.from({ length: size }, (_, i) =>
    Math.exp(-((i - (size - 1) / 2) ** 2) / (2 * sigma * sigma)),
  )
  const sum = taps.reduce((total, tap) => total + tap, 0)
  return { taps: taps.map((tap) => tap / sum), flat: false }
}

/** Weighted means of `row` at every position where the window fits inside it, written to `out`. */
export function slide(row: Float64Array, out: Float64Array, { taps, flat }: Window): void {
  const size = taps.length
  const last = row.length - size
  if (flat) {
    let sum = 0
    for (let i = 0; i < size - 1; i++) sum += row[i]!
    for (let i = 0; i <= last; i++) {
      sum += row[i + size - 1]!
      out[i] = sum * taps[0]!
      sum -= row[i]!
    }
  } else {
    for (let i = 0; i <= last; i++) {
      let sum = 0
      for (let k = 0; k < size; k++) sum += taps[k]! * row[i + k]!
      out[i] = sum
    }
  }
}

/**
 * The adjoint of sliding the window over a plane of `height` rows of `width` values: carries values at the window's
 * (height - size + 1) x (width - size + 1) positions back to the plane.
 */
export function spread(map: Float64Array, width: number, height: number, { taps }: Window): Float64Array {
  const size = taps.length
  const [w, h] = [width - size + 1, height - size + 1]
  const tall = new Float64Array(w * height)
  for (let y = 0; y < h; y++) {
    for (let k = 0; k < size; k++) {
      const [from, to, tap] = [y * w, (y + k) * w, taps[k]!]
      for (let x = 0; x < w; x++) tall[to + x] = tall[to + x]! + tap * map[from + x]!
    }
  }
  const out = new Float64Array(width * height)
  const padded = new Float64Array(width + size - 1)
  for (let y = 0; y < height; y++) {
    padded.set(tall.subarray(y * w, (y + 1) * w), size - 1)
    for (let x = 0; x < width; x++) {
      let sum = 0
      for (let k = 0; k < size; k++) sum += taps[k]! * padded[x + k]!
      out[y * width + x] = sum
    }
  }
  return out
}
