import { CupelError } from '@cupel/core'
import type { Tensor } from '@tensorflow/tfjs'
import type { TensorFlow } from './runtime.js'

/**
 * The sum over the letters that both tensors have and the result lacks, as one product of matrices: `abcg,gf->abcf` sums over g. Letters
 * that all three have count the products.
 *
 * @param equation of two tensors, in which every letter stands twice at least
 * @throws CupelError for any other
 */
export function einsum(tf: TensorFlow, equation: string, x: Tensor, y: Tensor): Tensor {
  const [first, second, result] = equation.split(/,|->/).map((term) => [...term])
  const size = new Map<string, number>()
  for (const [i, k] of first!.entries()) size.set(k, x.shape[i]!)
  for (const [i, k] of second!.entries()) size.set(k, y.shape[i]!)
  const both = first!.filter((k) => second!.includes(k))
  const [summed, counting] = [both.filter((k) => !result!.includes(k)), both.filter((k) => result!.includes(k))]
  const [left, right] = [first!.filter((k) => !both.includes(k)), second!.filter((k) => !both.includes(k))]
  const product = [...counting, ...left, ...right]
  if (product.length !== result!.length || product.some((k) => !result!.includes(k))) {
    throw new CupelError(
      `TensorFlow.js on WebAssembly cannot run the model: Einsum of ${equation} is no product of two`,
    )
  }

  const length = (letters: readonly string[]) => letters.reduce((all, k) => all * size.get(k)!, 1)
  const matrices = (tensor: Tensor, letters: readonly string[], ...order: readonly string[][]) =>
    tensor.transpose(order.flat().map((k) => letters.indexOf(k))).reshape(order.map(length))
  return tf.tidy(() =>
    tf
      .matMul(matrices(x, first!, counting, left, summed), matrices(y, second!, counting, summed, right))
      .reshape(product.map((k) => size.get(k)!))
      .transpose(result!.map((k) => product.indexOf(k))),
  )
}
