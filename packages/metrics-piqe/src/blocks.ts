import type { Image } from '@cupel/core'
import { cropped, gray, normalised, type Plane } from '@cupel/scene-statistics'

/** Side of a block and length of the segments of its edges, in pixels. */
const [side, segment] = [16, 6]

/** The plane stretched so that its greatest level is 255, rounded, and continued to whole blocks by mirroring. */
function prepared({ width, height, data }: Plane): Plane {
  const greatest = data.reduce((a, b) => Math.max(a, b), 0) || 1
  const up = (length: number) => Math.ceil(length / side) * side
  const mirrored = (index: number, length: number) => {
    const at = index % (2 * length)
    return at < length ? at : 2 * length - 1 - at
  }
  const out = { width: up(width), height: up(height), data: new Float64Array(up(width) * up(height)) }
  for (let i = 0; i < out.data.length; i++) {
    const [x, y] = [mirrored(i % out.width, width), mirrored(Math.floor(i / out.width), height)]
    out.data[i] = Math.floor((255 * data[y * width + x]!) / greatest + 0.5)
  }
  return out
}

/** The unbiased variance of `count` values. */
function variance(count: number, value: (index: number) => number): number {
  let [sum, square] = [0, 0]
  for (let i = 0; i < count; i++) sum += value(i)
  const mean = sum / count
  for (let i = 0; i < count; i++) square += (value(i) - mean) ** 2
  return square / (count - 1)
}

/** Whether 6 neighbouring coefficients of an edge are nearly alike, as where blocks were compressed apart. */
function blocky({ data }: Plane): boolean {
  const last = side - 1
  const edges = [
    [0, 1],
    [last, side],
    [last * side, 1],
    [0, side],
  ] as const
  return edges.some(([start, step]) => {
    for (let i = 0; i + segment <= side; i++) {
      if (Math.sqrt(variance(segment, (j) => data[start + (i + j) * step]!)) < 0.1) return true
    }
    return false
  })
}

/** The columns of a block that are its middle, and those that are the rest: the reference removes column 10 in the place of 9. */
const middle = [7, 8]
const rest = Array.from({ length: side }, (_, x) => x).filter((x) => x !== 7 && x !== 9)

/** Whether the middle of a block varies as the rest of it does, as noise makes it. */
function noisy({ data }: Plane, sigma: number): boolean {
  const deviation = (columns: readonly number[]) =>
    Math.sqrt(variance(columns.length * side, (i) => data[columns[Math.floor(i / side)]! + (i % side) * side]!))
  const ratio = deviation(middle) / deviation(rest)
  const beta = Math.abs(sigma - ratio) / Math.max(sigma, ratio)
  return sigma > 2 * beta
}

/** What PIQE finds in a block. */
export interface Block {
  /** Of its MSCN coefficients. */
  readonly variance: number
  readonly blocky: boolean
  readonly noisy: boolean
}

/** The active blocks of an image: those whose coefficients have a variance above 0.1. */
export function activeBlocks(image: Image): Block[] {
  const { coefficients } = normalised(prepared(gray(image)))
  const columns = coefficients.width / side
  return Array.from({ length: columns * (coefficients.height / side) }, (_, i) => {
    const block = cropped(coefficients, (i % columns) * side, Math.floor(i / columns) * side, side, side)
    const v = variance(side * side, (j) => block.data[j]!)
    return v > 0.1 ? { variance: v, blocky: blocky(block), noisy: noisy(block, Math.sqrt(v)) } : undefined
  }).filter((block) => block !== undefined)
}
