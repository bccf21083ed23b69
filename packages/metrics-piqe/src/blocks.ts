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

/** The unbiased variance. */
function variance(values: ArrayLike<number>): number {
  let [sum, square] = [0, 0]
  for (let i = 0; i < values.length; i++) sum += values[i]!
  const mean = sum / values.length
  for (let i = 0; i < values.length; i++) square += (values[i]! - mean) ** 2
  return square / (values.length - 1)
}

const deviation = (values: ArrayLike<number>): number => Math.sqrt(variance(values))

/** A line of coefficients of a block: 16 of them from `start`, `step` apart. */
const line = (block: Plane, start: number, step: number): number[] =>
  Array.from({ length: side }, (_, i) => block.data[start + i * step]!)

/** Whether 6 neighbouring coefficients of an edge are nearly alike, as where blocks were compressed apart. */
function blocky(block: Plane): boolean {
  const last = side - 1
  const edges = [line(block, 0, 1), line(block, last, side), line(block, last * side, 1), line(block, 0, side)]
  return edges.some((edge) =>
    Array.from({ length: side - segment + 1 }, (_, i) => edge.slice(i, i + segment)).some(
      (values) => deviation(values) < 0.1,
    ),
  )
}

/**
 * Whether the middle of a block varies as the rest of it does, as noise makes it. The middle is its columns 8 and 9 of 16, the rest
 * lacks columns 8 and 10 (of which the reference removes the latter in the place of 9).
 */
function noisy(block: Plane, sigma: number): boolean {
  const column = (x: number) => line(block, x, side)
  const rest = Array.from({ length: side }, (_, x) => x).filter((x) => x !== 7 && x !== 9)
  const ratio = deviation([...column(7), ...column(8)]) / deviation(rest.flatMap(column))
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
    const v = variance(block.data)
    return v > 0.1 ? { variance: v, blocky: blocky(block), noisy: noisy(block, Math.sqrt(v)) } : undefined
  }).filter((block) => block !== undefined)
}
