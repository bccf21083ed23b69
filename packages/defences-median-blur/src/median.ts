import type { Image } from '@cupel/core'
import { type Border, borderIndex, fittedWindow } from '@cupel/filters'
import { type Ranks, ranksOf } from './ranks.js'

/** A channel's ranks with what stands beside them, so that no window leaves it. */
interface Padded {
  readonly ranks: Uint32Array
  readonly width: number
  readonly across: number
  readonly down: number
}

function padded(ranks: Uint32Array, width: number, height: number, size: number, border: Border): Padded {
  const across = fittedWindow(size, width)
  const down = fittedWindow(size, height)
  const [left, top] = [(across - 1) / 2, (down - 1) / 2]
  const stride = width + 2 * left
  const columns = Int32Array.from({ length: stride }, (_, x) => borderIndex(x - left, width, border))
  const out = new Uint32Array(stride * (height + 2 * top))
  for (let y = 0; y < height + 2 * top; y++) {
    const from = borderIndex(y - top, height, border) * width
    for (let x = 0; x < stride; x++) out[y * stride + x] = ranks[from + columns[x]!]!
  }
  return { ranks: out, width: stride, across, down }
}

/** Ranks in a bucket of the coarse histogram, as a shift: 256. */
const coarseness = 8

/**
 * The median of every window of one row: a histogram of ranks slides along the row and the median is found from where it was
 * (Huang, Yang & Tang 1979), over whole buckets of ranks where it is far.
 */
function medianRow(
  { ranks, width: stride, across, down }: Padded,
  y: number,
  out: Uint32Array,
  width: number,
  count: Uint16Array,
  bucket: Uint16Array,
): void {
  const half = (across * down - 1) / 2
  count.fill(0)
  bucket.fill(0)
  for (let v = 0; v < down; v++) {
    for (let i = (y + v) * stride; i < (y + v) * stride + across; i++) {
      const rank = ranks[i]!
      count[rank]!++
      bucket[rank >> coarseness]!++
    }
  }
  // The median is the rank m with below <= half < below + count[m], where `below` counts the values of lower rank.
  let m = 0
  let below = 0
  const end = (y + down) * stride
  for (let x = 0; ; x++) {
    while (below > half) {
      if ((m & 255) === 0 && below - bucket[(m >> coarseness) - 1]! > half) {
        m -= 256
        below -= bucket[m >> coarseness]!
      } else below -= count[--m]!
    }
    while (below + count[m]! <= half) {
      if ((m & 255) === 0 && below + bucket[m >> coarseness]! <= half) {
        below += bucket[m >> coarseness]!
        m += 256
      } else below += count[m++]!
    }
    out[y * width + x] = m
    if (x === width - 1) return
    for (let i = y * stride + x; i < end; i += stride) {
      const gone = ranks[i]!
      count[gone]!--
      bucket[gone >> coarseness]!--
      if (gone < m) below--
      const come = ranks[i + across]!
      count[come]!++
      bucket[come >> coarseness]!++
      if (come < m) below++
    }
  }
}

/**
 * The median filter, each channel by itself. Exact for any values: it works on their ranks.
 *
 * @param size side of the window, odd; cut to the image's sides
 */
export function median(image: Image, size: number, border: Border, signal: AbortSignal): Image {
  const { width, height, data } = image
  const area = width * height
  const out = new Float32Array(data.length)
  const medians = new Uint32Array(area)
  for (let channel = 0; channel < 3; channel++) {
    const { ranks, values }: Ranks = ranksOf(data.subarray(channel * area, (channel + 1) * area))
    const plane = padded(ranks, width, height, size, border)
    const count = new Uint16Array(values.length + 256)
    const bucket = new Uint16Array((values.length >> coarseness) + 2)
    for (let y = 0; y < height; y++) {
      if (y % 64 === 0) signal.throwIfAborted()
      medianRow(plane, y, medians, width, count, bucket)
    }
    for (let i = 0; i < area; i++) out[channel * area + i] = values[medians[i]!]!
  }
  return { width, height, data: out }
}

/** The gradient carried to the values that hold each window's median, in equal parts where several do. */
export function medianAdjoint(
  { width, height, data }: Image,
  filtered: Image,
  gradient: Float32Array,
  size: number,
  border: Border,
): Float32Array {
  const [left, top] = [(fittedWindow(size, width) - 1) / 2, (fittedWindow(size, height) - 1) / 2]
  const columns = Int32Array.from({ length: width + 2 * left }, (_, x) => borderIndex(x - left, width, border))
  const out = new Float64Array(data.length)
  const holders = new Int32Array((2 * left + 1) * (2 * top + 1))
  for (let row = 0; row < 3 * height; row++) {
    const y = row % height
    for (let x = 0; x < width; x++) {
      const i = row * width + x
      let found = 0
      for (let v = y - top; v <= y + top; v++) {
        const line = (row - y + borderIndex(v, height, border)) * width
        for (let u = x; u <= x + 2 * left; u++) {
          const at = line + columns[u]!
          if (data[at] === filtered.data[i]) holders[found++] = at
        }
      }
      for (let h = 0; h < found; h++) out[holders[h]!]! += gradient[i]! / found
    }
  }
  return Float32Array.from(out)
}
