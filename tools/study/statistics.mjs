import { bootstrap } from '../../packages/runner/dist/report/statistics.js'

export const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length
const interval = bootstrap()

/** Four significant digits: more are noise in a file that is read by people. */
export const rounded = (value) => (Number.isFinite(value) ? Number(value.toPrecision(4)) : null)

/** A statistic of n images with its 95 % bootstrap interval. @param of the statistic, from how often each image counts */
export function estimated(n, of) {
  const bounds = interval(n, of)
  return { value: rounded(of(new Uint8Array(n).fill(1))), interval: bounds?.map(rounded) ?? null }
}

/** The mean of values of which each counts as often as told. */
export const weighted = (values) => (counts) => {
  let [sum, n] = [0, 0]
  for (let i = 0; i < values.length; i++) {
    sum += counts[i] * values[i]
    n += counts[i]
  }
  return sum / n
}
