import { type Image, turn } from '@cupel/core'
import { type Border, borderIndex, fittedWindow } from '@cupel/filters'
import { ranksOf } from './ranks.js'
import { medianOfThree } from './three.js'

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

/** Ranks in a bucket, as a shift. */
const BUCKET = 6

/** A histogram of ranks, and one of buckets of ranks to go far in; for 8-bit images the first is enough. */
interface Histogram {
  readonly count: Uint16Array
  readonly bucket: Uint16Array | undefined
}

/**
 * The medians of one row: a histogram of ranks slides along the row and the median is found from where it was (Huang, Yang &
 * Tang 1979), over whole buckets where it is far. The histogram is empty before and after.
 */
function medianRow(
  { ranks, width: stride, across, down }: Padded,
  y: number,
  width: number,
  { count, bucket }: Histogram,
  out: Uint32Array,
): void {
  const half = (across * down - 1) / 2
  const start = y * stride
  const end = start + down * stride
  for (let x = 0; x < across; x++) shift(ranks, start + x, end, stride, 1, count, bucket)
  // The median is the rank m with below <= half < below + count[m], where `below` counts the values of lower rank.
  let m = 0
  let below = 0
  for (let x = 0; x < width; x++) {
    while (below > half) {
      if (bucket && (m & (2 ** BUCKET - 1)) === 0 && below - bucket[(m >> BUCKET) - 1]! > half) {
        m -= 2 ** BUCKET
        below -= bucket[m >> BUCKET]!
      } else below -= count[--m]!
    }
    while (below + count[m]! <= half) {
      if (bucket && (m & (2 ** BUCKET - 1)) === 0 && below + bucket[m >> BUCKET]! <= half) {
        below += bucket[m >> BUCKET]!
        m += 2 ** BUCKET
      } else below += count[m++]!
    }
    out[y * width + x] = m
    if (x === width - 1) break
    for (let i = start + x; i < end; i += stride) {
      const gone = ranks[i]!
      const come = ranks[i + across]!
      count[gone]!--
      count[come]!++
      if (bucket) {
        bucket[gone >> BUCKET]!--
        bucket[come >> BUCKET]!++
      }
      // 1 where a rank is less than m.
      below += ((come - m) >>> 31) - ((gone - m) >>> 31)
    }
  }
  for (let x = width - 1; x < width - 1 + across; x++) shift(ranks, start + x, end, stride, -1, count, bucket)
}

/** Adds one column of a window to the histogram, or takes it out. */
function shift(
  ranks: Uint32Array,
  start: number,
  end: number,
  stride: number,
  by: number,
  count: Uint16Array,
  bucket: Uint16Array | undefined,
): void {
  for (let i = start; i < end; i += stride) {
    count[ranks[i]!]! += by
    if (bucket) bucket[ranks[i]! >> BUCKET]! += by
  }
}

/** Values filtered, or looked at on the way back, between two looks at whether the work is still wanted. */
const BATCH = 1 << 18

/**
 * The median filter, each channel by itself. Exact for any values: it works on their ranks.
 *
 * @param size side of the window, odd; cut to the image's sides
 */
export async function median(image: Image, size: number, border: Border, signal: AbortSignal): Promise<Image> {
  const { width, height, data } = image
  if (size === 3 && Math.min(width, height) >= 3) return medianOfThree(image, border)
  const area = width * height
  const out = new Float32Array(data.length)
  const medians = new Uint32Array(area)
  for (let channel = 0; channel < 3; channel++) {
    const { ranks, values } = ranksOf(data.subarray(channel * area, (channel + 1) * area))
    const plane = padded(ranks, width, height, size, border)
    const coarse = values.length > 256 ? new Uint16Array((values.length >> BUCKET) + 1) : undefined
    const histogram = { count: new Uint16Array(values.length), bucket: coarse }
    for (let y = 0; y < height; y++) {
      medianRow(plane, y, width, histogram, medians)
      if ((y * width) % BATCH >= BATCH - width) await turn(signal)
    }
    for (let i = 0; i < area; i++) out[channel * area + i] = values[medians[i]!]!
  }
  return { width, height, data: out }
}

/** The gradient carried to the values that hold each window's median, in equal parts where several do. */
export async function medianAdjoint(
  { width, height, data }: Image,
  filtered: Image,
  gradient: Float32Array,
  size: number,
  border: Border,
  signal: AbortSignal,
): Promise<Float32Array> {
  const [left, top] = [(fittedWindow(size, width) - 1) / 2, (fittedWindow(size, height) - 1) / 2]
  const columns = Int32Array.from({ length: width + 2 * left }, (_, x) => borderIndex(x - left, width, border))
  const out = new Float64Array(data.length)
  const holders = new Int32Array((2 * left + 1) * (2 * top + 1))
  let looked = 0
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
    looked += width * holders.length
    if (looked >= BATCH) {
      await turn(signal)
      looked = 0
    }
  }
  return Float32Array.from(out)
}
