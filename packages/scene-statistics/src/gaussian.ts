/** The lower triangle of a symmetric matrix by rows: row i holds entries 0 .. i. */
export type Triangle = readonly (readonly number[])[]

/** The lower triangle of a matrix by rows. */
export const triangleOf = (matrix: readonly (readonly number[])[]): number[][] =>
  matrix.map((row, i) => row.slice(0, i + 1))

function dot(a: readonly number[], b: readonly number[], until: number): number {
  let sum = 0
  for (let k = 0; k < until; k++) sum += a[k]! * b[k]!
  return sum
}

/**
 * The matrix W that makes a squared Mahalanobis distance a sum of squares, |W (f - mean)|^2: the inverse of the Cholesky factor
 * of the covariance.
 *
 * @param covariance positive definite
 * @returns W, lower triangular, as full rows
 */
export function whitening(covariance: Triangle): number[][] {
  const size = covariance.length
  const lower = Array.from({ length: size }, () => new Array<number>(size).fill(0))
  const inverse = Array.from({ length: size }, () => new Array<number>(size).fill(0))
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

/** d^T covariance^-1 d, the squared Mahalanobis distance of a difference. */
export const squaredDistance = (difference: readonly number[], covariance: Triangle): number =>
  whitening(covariance).reduce((sum, row) => sum + dot(row, difference, row.length) ** 2, 0)
