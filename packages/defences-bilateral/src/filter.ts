import { type Image, turn } from '@cupel/core'
import { borderIndex, fittedWindow } from '@cupel/filters'

export interface Window {
  readonly size: number
  readonly sigmaColour: number
  readonly sigmaSpace: number
}

/** How far a window of `size` reaches from its centre along a side of the image. */
export const reachOf = (size: number, side: number): number => (fittedWindow(size, side) - 1) / 2

/** A neighbour: how far away, and the part of its weight that its place decides. */
export interface Neighbour {
  readonly u: number
  readonly v: number
  readonly weight: number
}

/** The neighbours within a disc, and within the image's sides; the pixel itself among them. */
export function neighbours({ width, height }: Image, { size, sigmaSpace }: Window): Neighbour[] {
  const radius = (size - 1) / 2
  const [across, down] = [reachOf(size, width), reachOf(size, height)]
  const found: Neighbour[] = []
  for (let v = -down; v <= down; v++) {
    for (let u = -across; u <= across; u++) {
      const squared = u * u + v * v
      if (squared <= radius * radius) found.push({ u, v, weight: Math.exp(-squared / (2 * sigmaSpace * sigmaSpace)) })
    }
  }
  return found
}

/** Entries of {@link falloff} for one standard deviation, and how many deviations it covers. */
const FINE = 512
const FAR = 12

/** exp(-s^2 / 2) at s = k / FINE; between two entries a straight line is off by less than 5e-7. */
const falloff = Float64Array.from({ length: FINE * FAR + 2 }, (_, k) => Math.exp((-k * k) / (2 * FINE * FINE)))

/** A row with what stands beside it. Four numbers for each pixel: its colour (and one unused); the weighted sums and their weight. */
interface Row {
  readonly values: Float64Array
  readonly sums: Float64Array
}

/** Adds each pixel of one row, and the one that is `u` to its right in the other (or the same), to the sums of the other of them. */
function exchange(one: Row, other: Row, { u, weight: near }: Neighbour, scale: number): void {
  const { values: x, sums: sumsX } = one
  const { values: y, sums: sumsY } = other
  const end = x.length - 4 * Math.max(0, u)
  for (let i = 4 * Math.max(0, -u), j = i + 4 * u; i < end; i += 4, j += 4) {
    const r = x[i]!
    const g = x[i + 1]!
    const b = x[i + 2]!
    const p = y[j]!
    const q = y[j + 1]!
    const s = y[j + 2]!
    const place = Math.min(scale * (Math.abs(r - p) + Math.abs(g - q) + Math.abs(b - s)), FINE * FAR)
    const k = place | 0
    const low = falloff[k]!
    const weight = near * (low + (place - k) * (falloff[k + 1]! - low))
    sumsX[i] = sumsX[i]! + weight * p
    sumsX[i + 1] = sumsX[i + 1]! + weight * q
    sumsX[i + 2] = sumsX[i + 2]! + weight * s
    sumsX[i + 3] = sumsX[i + 3]! + weight
    sumsY[j] = sumsY[j]! + weight * r
    sumsY[j + 1] = sumsY[j + 1]! + weight * g
    sumsY[j + 2] = sumsY[j + 2]! + weight * b
    sumsY[j + 3] = sumsY[j + 3]! + weight
  }
}

/** Rows between two looks at whether the work is still wanted. */
export const BATCH = 32

/**
 * The filtered image. A pair of pixels has one weight, so each pair is met once, from the upper (or left) of the two; of the sums
 * only those of the rows that a window spans are kept.
 */
export async function bilateralFilter(image: Image, window: Window, signal: AbortSignal): Promise<Image> {
  const { width, height, data } = image
  const area = width * height
  const [across, down] = [reachOf(window.size, width), reachOf(window.size, height)]
  const ahead = neighbours(image, window).filter(({ u, v }) => v > 0 || (v === 0 && u > 0))
  const scale = FINE / window.sigmaColour
  const columns = Int32Array.from({ length: width + 2 * across }, (_, x) => borderIndex(x - across, width, 'reflect'))
  const ring = Array.from({ length: down + 1 }, (): Row => {
    const length = 4 * columns.length
    return { values: new Float64Array(length), sums: new Float64Array(length) }
  })
  const rowAt = (y: number): Row => ring[(y + down) % ring.length]!

  function enter(y: number): void {
    const { values, sums } = rowAt(y)
    const from = borderIndex(y, height, 'reflect') * width
    for (let x = 0; x < columns.length; x++) {
      const i = from + columns[x]!
      values[4 * x] = data[i]!
      values[4 * x + 1] = data[area + i]!
      values[4 * x + 2] = data[2 * area + i]!
    }
    sums.fill(0)
  }
  const out = new Float32Array(3 * area)
  function leave(y: number): void {
    const { values, sums } = rowAt(y)
    for (let x = 0; x < width; x++) {
      const from = 4 * (x + across)
      const to = y * width + x
      // The pixel itself has weight 1.
      const total = 1 + sums[from + 3]!
      out[to] = (values[from]! + sums[from]!) / total
      out[area + to] = (values[from + 1]! + sums[from + 1]!) / total
      out[2 * area + to] = (values[from + 2]! + sums[from + 2]!) / total
    }
  }

  for (let y = -down; y < 0; y++) enter(y)
  for (let y = -down; y < height; y++) {
    enter(y + down)
    for (const neighbour of ahead) exchange(rowAt(y), rowAt(y + neighbour.v), neighbour, scale)
    if (y >= 0) leave(y)
    if ((y + down) % BATCH === BATCH - 1) await turn(signal)
  }
  return { width, height, data: out }
}
