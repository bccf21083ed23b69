import type { Image } from '@cupel/core'
import { type Border, borderIndex } from '@cupel/filters'

/**
 * The median of every 3 x 3 window, without a histogram: each column of three is put in order once, for the three windows that
 * it is part of; the median of nine is then the median of the greatest low, the middle middle and the least high of three
 * columns. Values are compared as whole numbers by their bits, which are in the order of the values where none is negative, and
 * exchanged by arithmetic, since a branch here is a coin toss.
 *
 * @param image at least 3 x 3 pixels
 */
export function medianOfThree({ width, height, data }: Image, border: Border): Image {
  const out = new Float32Array(data.length)
  const outBits = new Int32Array(out.buffer)
  const stride = width + 2
  const padded = new Float32Array(3 * stride)
  const bits = new Int32Array(padded.buffer)
  const left = borderIndex(-1, width, border)
  const right = borderIndex(width, width, border)
  for (let row = 0; row < 3 * height; row++) {
    const y = row % height
    for (let k = 0; k < 3; k++) {
      const from = (row - y + borderIndex(y + k - 1, height, border)) * width
      padded.set(data.subarray(from, from + width), k * stride + 1)
      padded[k * stride] = data[from + left]!
      padded[k * stride + width + 1] = data[from + right]!
    }
    // Low, middle and high of the column before the last and of the last one.
    let [l0, m0, h0, l1, m1, h1] = [0, 0, 0, 0, 0, 0]
    for (let x = 0; x < stride; x++) {
      // The sign bit goes: -0 is 0.
      const top = bits[x]! & 0x7fffffff
      const centre = bits[stride + x]! & 0x7fffffff
      const bottom = bits[2 * stride + x]! & 0x7fffffff
      const s = (centre - top) & ((centre - top) >> 31)
      const less = top + s
      const more = centre - s
      const t = (bottom - more) & ((bottom - more) >> 31)
      const second = more + t
      const h2 = bottom - t
      const u = (second - less) & ((second - less) >> 31)
      const l2 = less + u
      const m2 = second - u
      if (x >= 2) {
        let low = l0 - ((l0 - l1) & ((l0 - l1) >> 31))
        low -= (low - l2) & ((low - l2) >> 31)
        let high = h0 + ((h1 - h0) & ((h1 - h0) >> 31))
        high += (h2 - high) & ((h2 - high) >> 31)
        outBits[row * width + x - 2] = medianOf(low, medianOf(m0, m1, m2), high)
      }
      l0 = l1
      m0 = m1
      h0 = h1
      l1 = l2
      m1 = m2
      h1 = h2
    }
  }
  return { width, height, data: out }
}

/** max(min(a, b), min(max(a, b), c)) */
function medianOf(a: number, b: number, c: number): number {
  const d = (b - a) & ((b - a) >> 31)
  const least = a + d
  const greater = b - d
  const e = (c - greater) & ((c - greater) >> 31)
  const candidate = greater + e
  const f = (least - candidate) & ((least - candidate) >> 31)
  return least - f
}
