import { readFileSync } from 'node:fs'

/** What `fit/fit.mjs` learnt of pristine photographs. */
export interface Pristine {
  /** Names of the features, in order. */
  readonly features: readonly string[]
  /** Their means. */
  readonly mean: readonly number[]
  /** Their covariance, shrunk towards its diagonal: row i holds entries 0 .. i. */
  readonly covariance: readonly (readonly number[])[]
  /** The median over the photographs of the squared Mahalanobis distance. */
  readonly median: number
}

/** The model that the package ships. */
export const pristine = (): Pristine => JSON.parse(readFileSync(new URL('../pristine.json', import.meta.url), 'utf8'))

/**
 * The matrix W that makes the squared Mahalanobis distance a sum of squares, |W (f - mean)|^2: the inverse of the
 * Cholesky factor of the covariance.
 *
 * @param covariance lower triangle by rows
 * @returns W, lower triangular, as full rows
 */
export function whitening(covariance: readonly (readonly number[])[]): number[][] {
  const size = covariance.length
  const lower = Array.from({ length: size }, () => new Array<number>(size).fill(0))
  const inverse = Array.from({ length: size }, () => new Array<number>(size).fill(0))
  const dot = (a: readonly number[], b: readonly number[], until: number) => {
    let sum = 0
    for (let k = 0; k < until; k++) sum += a[k]! * b[k]!
    return sum
  }
  for (let i = 0; i < size; i++) {
    const row = lower[i]!
    for (let j = 0; j < i; j++) row[j] = (covariance[i]![j]! - dot(row, lower[j]!, j)) / lower[j]![j]!
    row[i] = Math.sqrt(covariance[i]![i]! - dot(row, row, i))
  }
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = i === j ? 1 : 0
      for (let k = j; k < i; k++) sum -= lower[i]![k]! * inverse[k]![j]!
      inverse[i]![j] = sum / lower[i]![i]!
    }
  }
  return inverse
}
