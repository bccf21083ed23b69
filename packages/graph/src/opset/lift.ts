import { GraphError } from '../errors.js'
import { OPSET, type Subgraph } from '../model.js'

/** The oldest operator set that is read. */
export const OLDEST = 13

/** Rewrites a graph of an older operator set in terms of {@link OPSET}. */
export function lift(graph: Subgraph, opset: number): Subgraph {
  if (opset < OLDEST || opset > OPSET) {
    throw new GraphError(
      'unsupported',
      `the model uses ONNX operator set ${opset}, supported are ${OLDEST} to ${OPSET}; export it again with one of those`,
    )
  }
  return graph
}
