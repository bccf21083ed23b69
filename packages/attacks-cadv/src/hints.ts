import { type Context, type Image, turn, Unavailable } from '@cupel/core'
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
async function clustered(lab: Float32Array, k: number, { random, signal }: Context): Promise<Uint8Array> {
  const area = lab.length / 3
  const [a, b] = [lab.subarray(area, 2 * area), lab.subarray(2 * area)]
  let centres = Array.from({ length: k }, (_, j) => {
    const i = random.fork('centre', j).integer(area)
    return [a[i]!, b[i]!] as const
  })
  const nearest = new Uint8Array(area)
  for (let round = 0; round < 10; round++) {
    await turn(signal)
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
export async function hintPixels(
  lab: Float32Array,
  count: number,
  k: number,
  used: number,
  context: Context,
): Promise<number[]> {
  const cluster = await clustered(lab, k, context)
  const sizes = new Array<number>(k).fill(0)
  for (const j of cluster) sizes[j]!++
  const kept = new Set([...sizes.keys()].sort((i, j) => sizes[j]! - sizes[i]!).slice(0, used))
  const order = context.random.fork('hints').permutation(cluster.length)
  return Array.from(order.filter((i) => kept.has(cluster[i]!)).subarray(0, count))
}

/** How hints spread: sparse rows of weights, those of pixel i from `first[i]` to before `first[i + 1]`. */
export interface Spread {
  readonly first: Uint32Array
  readonly hint: Uint16Array
  readonly weight: Float32Array
}

/** The exponent beyond which a weight counts as none, and the distance at which that is, in standard deviations. */
const FAINTEST = 7
const FARTHEST = Math.sqrt(2 * FAINTEST)

/** The most weights of a spread, of six bytes each. */
const MOST = 100_000_000

/** Pixels of a row that look for hints together. */
const STRETCH = 32

/**
 * The most weights that hints can have in an image: each reaches the pixels of a circle, or all.
 *
 * @param count of hints
 * @param reach as {@link spreadOf} takes it
 * @throws {Unavailable} for more than 100,000,000
 */
export function weightsOf({ width, height }: Image, count: number, reach: number): number {
  const area = width * height
  // A pixel's square lies within half its diagonal of its middle.
  const circle = Math.PI * (FARTHEST * reach * Math.max(width, height) + Math.SQRT1_2) ** 2
  const weights = Math.ceil(Math.min(count, area) * Math.min(circle, area))
  if (weights <= MOST) return weights
  throw new Unavailable(
    `cadv: ${count} hints with a reach of ${reach} take up to ${weights.toLocaleString('en-GB')} weights at ${width} x ${height}, ` +
      `expected at most ${MOST.toLocaleString('en-GB')}; resize or crop the image first, or set fewer hints or a smaller reach`,
  )
}

/**
 * Weights by which a pixel takes on the change of colour of each hint: Gaussian in the distance (a share of the
 * longer side) and in the difference of L*a*b* colour, so that changes stop at edges; divided by their sum and 0.1,
 * so that a faint hint changes little.
 *
 * @param hints pixels
 * @param reach standard deviation of the distance, a share of the longer side
 * @param tone standard deviation of the difference of colour, in L*a*b* units
 * @throws {Unavailable} where {@link weightsOf} does; what `signal` was aborted with, between two rows
 */
export async function spreadOf(
  lab: Float32Array,
  image: Image,
  hints: readonly number[],
  { reach, tone }: { readonly reach: number; readonly tone: number },
  signal: AbortSignal,
): Promise<Spread> {
  const { width, height } = image
  const area = width * height
  const sigma = reach * Math.max(width, height)
  const bySpace = 1 / (2 * sigma ** 2)
  const byColour = 1 / (2 * tone ** 2)
  const farthest = FARTHEST * sigma
  const places = hints.map((h, j) => ({ j, h, x: h % width, y: Math.floor(h / width) }))
  const most = weightsOf(image, hints.length, reach)
  const [first, hint, weight] = [new Uint32Array(area + 1), new Uint16Array(most), new Float32Array(most)]
  const strengths = new Float64Array(hints.length)
  const spread = (x: number, y: number, near: typeof places): void => {
    const i = y * width + x
    const from = first[i]!
    let n = from
    let total = 0.1
    for (const { j, h, x: hx, y: hy } of near) {
      let exponent = ((x - hx) ** 2 + (y - hy) ** 2) * bySpace
      if (exponent > FAINTEST) continue
      for (let c = 0; c < lab.length; c += area) exponent += (lab[c + i]! - lab[c + h]!) ** 2 * byColour
      if (exponent > FAINTEST) continue
      const strength = Math.exp(-exponent)
      strengths[n - from] = strength
      total += strength
      hint[n++] = j
    }
    for (let k = from; k < n; k++) weight[k] = strengths[k - from]! / total
    first[i + 1] = n
  }
  for (let y = 0; y < height; y++) {
    await turn(signal)
    const row = places.filter((place) => Math.abs(place.y - y) <= farthest)
    for (let left = 0; left < width; left += STRETCH) {
      const right = Math.min(width, left + STRETCH)
      const near = row.filter((place) => place.x >= left - farthest && place.x < right + farthest)
      for (let x = left; x < right; x++) spread(x, y, near)
    }
  }
  return { first, hint, weight }
}
