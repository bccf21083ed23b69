import { readFileSync } from 'node:fs'
import type { Triangle } from '@cupel/scene-statistics'

/** What `fit/fit.mjs` learnt of pristine photographs. */
export interface Pristine {
  /** Names of the features, in order. */
  readonly features: readonly string[]
  /** Their means. */
  readonly mean: readonly number[]
  /** Their covariance, shrunk towards its diagonal. */
  readonly covariance: Triangle
  /** The median over the photographs of the squared Mahalanobis distance. */
  readonly median: number
}

/** The model that the package ships. */
export const pristine = (): Pristine => JSON.parse(readFileSync(new URL('../pristine.json', import.meta.url), 'utf8'))
