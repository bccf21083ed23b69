import { readFileSync } from 'node:fs'
import { CupelError } from '@cupel/core'
import { readCheckpoint } from '@cupel/graph/checkpoint'
import { type Triangle, triangleOf } from '@cupel/scene-statistics'

/** A multivariate Gaussian. */
export interface Gaussian {
  readonly mean: readonly number[]
  readonly covariance: Triangle
}

/** The mean and covariance of rows of features; the covariance of a single row is zero. */
export function gaussianOf(rows: readonly (readonly number[])[]): Gaussian {
  const size = rows[0]!.length
  const mean = Array.from({ length: size }, (_, i) => rows.reduce((sum, row) => sum + row[i]!, 0) / rows.length)
  const covariance = mean.map((_, i) =>
    Array.from({ length: i + 1 }, (_, j) => {
      const sum = rows.reduce((total, row) => total + (row[i]! - mean[i]!) * (row[j]! - mean[j]!), 0)
      return sum / Math.max(1, rows.length - 1)
    }),
  )
  return { mean, covariance }
}

/** The model that the package ships: see fit/fit.mjs. */
export const ownModel = (): Gaussian =>
  JSON.parse(readFileSync(new URL('../pristine.json', import.meta.url), 'utf8')) as Gaussian

/**
 * The authors' model, from niqe_pris_params.npz.
 *
 * @throws CheckpointError when the file does not hold it
 */
export async function officialModel(path: string): Promise<Gaussian> {
  const checkpoint = await readCheckpoint(path)
  const read = async (name: string, shape: string) => {
    const stored = checkpoint.tensors.get(name)
    if (`${stored?.shape}` !== shape) {
      throw new CupelError(
        `${path}: expected ${name} of shape [${shape}], found ${stored ? `[${stored.shape}]` : [...checkpoint.tensors.keys()].join(', ')}`,
      )
    }
    return Array.from((await stored!.read()).data, Number)
  }
  const mean = await read('mu_pris_param', '1,36')
  const flat = await read('cov_pris_param', '36,36')
  return { mean, covariance: triangleOf(mean.map((_, i) => flat.slice(36 * i, 36 * (i + 1)))) }
}
