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

/**
 * The mean SSIM index of two planes over a window of equal weights. Four sums (of x, y, x^2 + y^2 and x y) are kept up for every column
 * while the window goes down, and for the window while it goes along: each pixel enters and leaves once, which is what a run over many images
 * spends its time on.
 */
export function flatSsim(x: Plane, y: Plane, { size, correction, C1, C2 }: Index): number {
  const { width, height } = x
  const [a, b] = [x.values, y.values]
  // The four sums of a column lie together; before the first column are as many of zeros as a window is wide.
  const columns = new Float64Array(4 * (size + width))
  const share = 1 / size ** 2
  let total = 0
  for (let row = 0; row < height; row++) {
    const enter = row * width
    const leave = enter - size * width
    const first = row < size - 1 ? width : size - 1
    let tx = 0
    let ty = 0
    let squares = 0
    let products = 0
    for (let i = 0, out = 0, here = 4 * size; i < width; i++, out += 4, here += 4) {
      const p = a[enter + i]!
      const q = b[enter + i]!
      // Rows above the first are zeros.
      const r = leave >= 0 ? a[leave + i]! : 0
      const s = leave >= 0 ? b[leave + i]! : 0
      const sx = columns[here]! + p - r
      const sy = columns[here + 1]! + q - s
      const ss = columns[here + 2]! + (p * p + q * q) - (r * r + s * s)
      const sp = columns[here + 3]! + p * q - r * s
      columns[here] = sx
      columns[here + 1] = sy
      columns[here + 2] = ss
      columns[here + 3] = sp
      tx += sx - columns[out]!
      ty += sy - columns[out + 1]!
      squares += ss - columns[out + 2]!
      products += sp - columns[out + 3]!
      if (i < first) continue
      const mx = tx * share
      const my = ty * share
      const mxy = mx * my
      const m2 = mx * mx + my * my
      const above = (2 * mxy + C1) * (2 * correction * (products * share - mxy) + C2)
      total += above / ((m2 + C1) * (correction * (squares * share - m2) + C2))
    }
  }
  return total / ((width - size + 1) * (height - size + 1))
}
