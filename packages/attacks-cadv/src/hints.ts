import type { Image, Random } from '@cupel/core'
import { labOf } from './lab.js'

/** Three planes of L, a and b. */
export function labPlanes({ width, height, data }: Image): Float32Array {
  const area = width * height
  const out = new Float32Array(3 * area)
  for (let i = 0; i < area; i++) {
    const lab = labOf(data[i]!, data[area + i]!, data[2 * area + i]!)
    for (let c = 0; c < 3; c++) out[c * area + i] = lab[c]!
  }
  return out
}

/**
 * For every pixel the nearest of `k` colours in the (a, b) plane, found by ten rounds of k-means from `k` random
 * pixels.
 */
function clustered(lab: Float32Array, k: number, random: Random): Uint8Array {
  const area = lab.length / 3
  const [a, b] = [lab.subarray(area, 2 * area), lab.subarray(2 * area)]
  let centres = Array.from({ length: k }, (_, j) => {
    const i = random.fork('centre', j).integer(area)
    return [a[i]!, b[i]!] as const
  })
  const nearest = new Uint8Array(area)
  for (let round = 0; round < 10; round++) {
    const sums = centres.map(() => [0, 0, 0] as [number, number, number])
    for (let i = 0; i < area; i++) {
      let least = Infinity
      for (let j = 0; j < k; j++) {
        const distance = (a[i]! - centres[j]![0]) ** 2 + (b[i]! - centres[j]![1]) ** 2
        if (distance < least) [least, nearest[i]] = [distance, j]
      }
      const sum = sums[nearest[i]!]!
      sum[0] += a[i]!
      sum[1] += b[i]!
      sum[2]++
    }
    centres = sums.map(([x, y, n], j) => (n > 0 ? [x / n, y / n] : centres[j]!))
  }
  return nearest
}

/** The pixels of the hints: `count` of them drawn from the `used` most frequent of `k` clusters of colour. */
export function hintPixels(lab: Float32Array, count: number, k: number, used: number, random: Random): number[] {
  const cluster = clustered(lab, k, random)
  const sizes = new Array<number>(k).fill(0)
  for (const j of cluster) sizes[j]!++
  const kept = new Set([...sizes.keys()].sort((i, j) => sizes[j]! - sizes[i]!).slice(0, used))
  const order = random.fork('hints').permutation(cluster.length)
  return Array.from(order.filter((i) => kept.has(cluster[i]!)).subarray(0, count))
}

/** How hints spread: sparse rows of weights, those of pixel i from `first[i]` to before `first[i + 1]`. */
export interface Spread {
  readonly first: Uint32Array
  readonly hint: Uint16Array
  readonly weight: Float32Array
}

/** The exponent beyond which a weight counts as none. */
const FAINTEST = 7

/**
 * Weights by which a pixel takes on the change of colour of each hint: Gaussian in the distance (a share of the
 * longer side) and in the difference of L*a*b* colour, so that changes stop at edges; divided by their sum and 0.1,
 * so that a faint hint changes little.
 *
 * @param hints pixels
 * @param reach standard deviation of the distance, a share of the longer side
 * @param tone standard deviation of the difference of colour, in L*a*b* units
 */
export function spreadOf(
  lab: Float32Array,
  { width, height }: Image,
  hints: readonly number[],
  reach: number,
  tone: number,
): Spread {
  const area = width * height
  const sigma = reach * Math.max(width, height)
  const bySpace = 1 / (2 * sigma ** 2)
  const byColour = 1 / (2 * tone ** 2)
  const farthest = sigma * Math.sqrt(2 * FAINTEST)
  const places = hints.map((h, j) => ({ j, h, x: h % width, y: Math.floor(h / width) }))
  const first = new Uint32Array(area + 1)
  const hint: number[] = []
  const weight: number[] = []
  for (let i = 0, y = 0; y < height; y++) {
    const near = places.filter((place) => Math.abs(place.y - y) <= farthest)
    for (let x = 0; x < width; x++, i++) {
      let total = 0.1
      for (const { j, h, x: hx, y: hy } of near) {
        let exponent = ((x - hx) ** 2 + (y - hy) ** 2) * bySpace
        if (exponent > FAINTEST) continue
        for (let c = 0; c < lab.length; c += area) exponent += (lab[c + i]! - lab[c + h]!) ** 2 * byColour
        if (exponent > FAINTEST) continue
        hint.push(j)
        weight.push(Math.exp(-exponent))
        total += weight.at(-1)!
      }
      first[i + 1] = hint.length
      for (let n = first[i]!; n < hint.length; n++) weight[n]! /= total
    }
  }
  return { first, hint: Uint16Array.from(hint), weight: Float32Array.from(weight) }
}
