import { CupelError } from '@cupel/core'
import { readCheckpoint } from '@cupel/graph/checkpoint'

/** A support vector regression with a radial kernel, and the ranges that bring its features to -1..1. */
export interface Regression {
  readonly vectors: readonly (readonly number[])[]
  /** One for each vector. */
  readonly weights: readonly number[]
  /** Of the kernel exp(-gamma |x - v|^2). */
  readonly gamma: number
  readonly rho: number
  readonly least: readonly number[]
  readonly greatest: readonly number[]
}

/** Number of features. */
const size = 36

/**
 * Reads the authors' model in the form in which OpenCV publishes it.
 *
 * @throws CheckpointError or CupelError when the files hold something else
 */
export async function readRegression(modelPath: string, rangePath: string): Promise<Regression> {
  const model = (await readCheckpoint(modelPath)).at('opencv_ml_svm')
  const decision = model.at('decision_functions', 0)
  const vectors = model.at('support_vectors').keys.map((i) => model.at('support_vectors', i).numbers())
  const weights = decision.at('alpha').numbers()
  const lengths = new Set(vectors.map(({ length }) => length))
  if (
    model.at('kernel', 'type').value !== 'RBF' ||
    vectors.length !== weights.length ||
    `${[...lengths]}` !== `${size}`
  ) {
    throw new CupelError(
      `${modelPath}: expected a radial kernel and as many weights as vectors of ${size} features, found ${weights.length} weights and ${vectors.length} vectors of ${[...lengths].join(' or ')}`,
    )
  }
  const range = (await readCheckpoint(rangePath)).tensors.get('range')
  if (`${range?.shape}` !== `2,${size}`) {
    throw new CupelError(
      `${rangePath}: expected a matrix "range" of 2 x ${size}, found ${range ? `[${range.shape}]` : 'none'}`,
    )
  }
  const bounds = Array.from((await range!.read()).data, Number)
  return {
    vectors,
    weights,
    gamma: model.at('kernel', 'gamma').numbers()[0]!,
    rho: decision.at('rho').numbers()[0]!,
    least: bounds.slice(0, size),
    greatest: bounds.slice(size),
  }
}

/** The regression's value for the features of an image. */
export function predict(
  { vectors, weights, gamma, rho, least, greatest }: Regression,
  features: readonly number[],
): number {
  const x = features.map((value, i) => -1 + (2 * (value - least[i]!)) / (greatest[i]! - least[i]!))
  return vectors.reduce((sum, vector, k) => {
    const distance = vector.reduce((total, value, i) => total + (x[i]! - value) ** 2, 0)
    return sum + weights[k]! * Math.exp(-gamma * distance)
  }, -rho)
}
