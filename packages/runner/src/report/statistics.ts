import { createRandom } from '@cupel/core'
import { ascending, quantileSorted } from 'd3-array'

/** How often each value of a sample counts; a resample with replacement is such a list. */
export type Counts = ArrayLike<number>

/** A confidence interval. */
export type Interval = readonly [low: number, high: number]

/** The arithmetic mean; null of nothing. */
export function mean(values: readonly number[]): number | null {
  if (values.length === 0) return null
  let sum = 0
  for (const value of values) sum += value
  return sum / values.length
}

/** The median, the mean of the middle two of an even number; null of nothing. */
export function median(values: readonly number[]): number | null {
  return quantileSorted([...values].sort(ascending), 0.5) ?? null
}

/** The unbiased sample variance (division by n - 1); null below two values. */
export function variance(values: readonly number[]): number | null {
  if (values.length < 2) return null
  const centre = mean(values)!
  let sum = 0
  for (const value of values) sum += (value - centre) ** 2
  return sum / (values.length - 1)
}

/** Midranks of `values` (from 1; ties share their average) in a sample where value i occurs `counts[i]` times. */
function ranker(values: readonly number[]): (counts: Counts) => Float64Array {
  const order = Uint32Array.from(values, (_, i) => i).sort((a, b) => values[a]! - values[b]!)
  const starts = [...order.keys()].filter((i) => i === 0 || values[order[i]!] !== values[order[i - 1]!])
  const ends = Uint32Array.from([...starts.slice(1), order.length])
  return (counts) => {
    const ranks = new Float64Array(order.length)
    let before = 0
    let start = 0
    for (const end of ends) {
      let tied = 0
      for (let i = start; i < end; i++) tied += counts[order[i]!]!
      const rank = before + (tied + 1) / 2
      while (start < end) ranks[order[start++]!] = rank
      before += tied
    }
    return ranks
  }
}

/** Pearson's correlation where pair i occurs `counts[i]` times; null where one of the two is constant. */
function correlation(x: ArrayLike<number>, y: ArrayLike<number>, counts: Counts): number | null {
  let [n, sumX, sumY] = [0, 0, 0]
  for (let i = 0; i < x.length; i++) {
    n += counts[i]!
    sumX += counts[i]! * x[i]!
    sumY += counts[i]! * y[i]!
  }
  const [meanX, meanY] = [sumX / n, sumY / n]
  let [xx, yy, xy] = [0, 0, 0]
  for (let i = 0; i < x.length; i++) {
    const dx = x[i]! - meanX
    const dy = y[i]! - meanY
    xx += counts[i]! * dx * dx
    yy += counts[i]! * dy * dy
    xy += counts[i]! * dx * dy
  }
  return xx > 0 && yy > 0 ? Math.max(-1, Math.min(1, xy / Math.sqrt(xx * yy))) : null
}

/** Pearson's linear correlation of x and y as a function of how often each pair counts. */
export function pearsonOf(x: readonly number[], y: readonly number[]): (counts: Counts) => number | null {
  if (x.length !== y.length) throw new RangeError(`Pearson's correlation of ${x.length} values with ${y.length}`)
  return (counts) => correlation(x, y, counts)
}

/** Spearman's rank correlation of x and y as a function of how often each pair counts. */
export function spearmanOf(x: readonly number[], y: readonly number[]): (counts: Counts) => number | null {
  if (x.length !== y.length) throw new RangeError(`Spearman's correlation of ${x.length} values with ${y.length}`)
  const [rankX, rankY] = [ranker(x), ranker(y)]
  return (counts) => correlation(rankX(counts), rankY(counts), counts)
}

/**
 * Spearman's rank correlation (SROCC): Pearson's correlation of the ranks, ties sharing their average rank.
 *
 * @returns -1..1; null where it is undefined: fewer than two pairs, or all x or all y equal
 */
export const spearman = (x: readonly number[], y: readonly number[]): number | null => spearmanOf(x, y)(once(x.length))

/** Every one of `n` pairs counted once. */
export const once = (n: number): Counts => new Uint8Array(n).fill(1)

export interface BootstrapOptions {
  /** Default 0. */
  readonly seed?: number
  /** Number of resamples; default 1000, 0 for no intervals. */
  readonly resamples?: number
  /** Coverage of the intervals; default 0.95. */
  readonly level?: number
}

/**
 * Percentile bootstrap (Efron 1979): the statistic's quantiles over resamples with replacement. All statistics of samples of
 * one size see the same resamples, so that intervals of one run are paired.
 *
 * @returns the interval of a statistic of `n` values as a function of their counts; null below three values or where the
 *   statistic is undefined on more than half of the resamples (those on which it is undefined are left out)
 */
export function bootstrap({ seed = 0, resamples = 1000, level = 0.95 }: BootstrapOptions = {}) {
  const drawn = new Map<number, Uint16Array[]>()
  const draw = (n: number): Uint16Array[] => {
    const random = createRandom(seed).fork('bootstrap', n)
    return Array.from({ length: resamples }, (_, k) => {
      const counts = new Uint16Array(n)
      for (const uniform of random.fork(k).uniforms(n)) counts[Math.floor(uniform * n)]!++
      return counts
    })
  }
  return (n: number, statistic: (counts: Counts) => number | null): Interval | null => {
    if (n < 3 || resamples === 0) return null
    if (!drawn.has(n)) drawn.set(n, draw(n))
    const values = drawn
      .get(n)!
      .map(statistic)
      .filter((value) => value !== null)
      .sort(ascending)
    if (values.length < resamples / 2) return null
    return [quantileSorted(values, (1 - level) / 2)!, quantileSorted(values, (1 + level) / 2)!]
  }
}
