import { GraphError } from '../errors.js'
import { describe } from '../model.js'
import type { Type } from '../value.js'
import { activationFamily } from './activations.js'
import { arithmeticFamily } from './arithmetic.js'
import type { Call, Family, Operator } from './call.js'
import { convolutionFamily } from './convolution.js'
import { einsumFamily } from './einsum.js'
import { elementwiseFamily } from './elementwise.js'
import { gridFamily } from './grid.js'
import { indexingFamily } from './indexing.js'
import { layoutFamily } from './layout.js'
import { matrixFamily } from './matrices.js'
import { normalizationFamily } from './normalization.js'
import { poolingFamily } from './pooling.js'
import { reductionFamily } from './reductions.js'
import { resizeFamily } from './resize.js'
import { scatterFamily } from './scatter.js'
import { sliceFamily } from './slices.js'

export { Call } from './call.js'

const operators: Family = {
  ...activationFamily,
  ...arithmeticFamily,
  ...convolutionFamily,
  ...einsumFamily,
  ...elementwiseFamily,
  ...gridFamily,
  ...indexingFamily,
  ...layoutFamily,
  ...matrixFamily,
  ...normalizationFamily,
  ...poolingFamily,
  ...reductionFamily,
  ...resizeFamily,
  ...scatterFamily,
  ...sliceFamily,
}

/** What is known about an operator of ONNX's own domain; undefined for any other. */
export const operator = (op: string, domain: string): Operator | undefined =>
  domain === '' ? operators[op] : undefined

/** Types of the outputs of a call; empty where nothing is known. */
export function infer(call: Call): readonly Type[] {
  const rule = operator(call.node.op, call.node.domain)?.infer
  return rule ? [typed(call, () => rule(call))].flat() : []
}

/** What a rule gives; whatever else it stumbles over in a malformed node becomes a GraphError. */
export function typed<T>(call: Call, rule: () => T): T {
  try {
    return rule()
  } catch (cause) {
    if (cause instanceof GraphError) throw cause
    throw new GraphError('corrupt', `${describe(call.node)} is malformed: ${(cause as Error).message}`, { cause })
  }
}
