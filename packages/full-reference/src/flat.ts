import type { Plane } from './ssim.js'

/** What the SSIM index needs beside two planes. */
interface Index {
  /** Side of the square window; at most the planes' smaller side. */
  readonly size: number
  /** Factor from the biased variances to those that the index is made of. */
  readonly correction: number
  readonly C1: number
  readonly C2: number
}

type Sums = [Float64Array, Float64Array, Float64Array, Float64Array, Float64Array]

/**
 * The mean SSIM index of two planes over a window of equal weights. Five sums (of x, y, x^2, y^2 and x y) are kept up for every column
 * while the window goes down, and for the window while it goes along: each pixel enters and leaves once, which is what a run over many images
 * spends its time on.
 */
export function flatSsim(x: Plane, y: Plane, { size, correction, C1, C2 }: Index): number {
  const { width, height } = x
  const [a, b] = [x.values, y.values]
  const [sx, sy, sxx, syy, sxy] = Array.from({ length: 5 }, () => new Float64Array(width)) as Sums
  const share = 1 / size ** 2
  let total = 0
  for (let row = 0; row < height; row++) {
    const enter = row * width
    const leave = enter - size * width
    for (let i = 0; i < width; i++) {
      const p = a[enter + i]!
      const q = b[enter + i]!
      // Rows above the first are zeros.
      const r = leave >= 0 ? a[leave + i]! : 0
      const s = leave >= 0 ? b[leave + i]! : 0
      sx[i] = sx[i]! + p - r
      sy[i] = sy[i]! + q - s
      sxx[i] = sxx[i]! + p * p - r * r
      syy[i] = syy[i]! + q * q - s * s
      sxy[i] = sxy[i]! + p * q - r * s
    }
    if (row < size - 1) continue
    let [tx, ty, txx, tyy, txy] = [0, 0, 0, 0, 0]
    for (let i = 0; i < width; i++) {
      tx += sx[i]!
      ty += sy[i]!
      txx += sxx[i]!
      tyy += syy[i]!
      txy += sxy[i]!
      if (i < size - 1) continue
      const mx = tx * share
      const my = ty * share
      const products = mx * my
      const squares = mx * mx + my * my
      const above = (2 * products + C1) * (2 * correction * (txy * share - products) + C2)
      total += above / ((squares + C1) * (correction * ((txx + tyy) * share - squares) + C2))
      const out = i - size + 1
      tx -= sx[out]!
      ty -= sy[out]!
      txx -= sxx[out]!
      tyy -= syy[out]!
      txy -= sxy[out]!
    }
  }
  return total / ((width - size + 1) * (height - size + 1))
}
