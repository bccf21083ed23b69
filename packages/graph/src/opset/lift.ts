import { GraphError } from '../errors.js'
import { attribute, describe, type Node, OPSET, type Subgraph } from '../model.js'
import { type Tensor, tensor } from '../tensor.js'

/** The oldest operator set that is read. */
export const OLDEST = 13

/** Rewrites a node of older operator sets; `add` makes a constant and gives its name. */
type Rewrite = (node: Node, add: (value: Tensor) => string) => Node

interface Change {
  /** The operator set that brought the new form. */
  readonly since: number
  readonly ops: readonly string[]
  readonly rewrite: Rewrite
}

const with_ = (node: Node, name: string, value: Parameters<typeof attribute>[1]): Node => ({
  ...node,
  attributes: { ...node.attributes, [name]: attribute(name, value) },
})

/** Turns an integer attribute into an input. */
const toInput =
  (name: string, position: number): Rewrite =>
  (node, add) => {
    const { [name]: held, ...attributes } = node.attributes
    if (!held) return node
    const inputs = [...node.inputs]
    while (inputs.length < position) inputs.push('')
    const list =
      held.type === 'ints' ? tensor(held.value, undefined, 'int64') : tensor([held.value as number], [], 'int64')
    return { ...node, inputs: [...inputs, add(list)], attributes }
  }

/** All that changed in meaning or form from the oldest operator set to ours; new optional inputs and dtypes need nothing. */
const changes: readonly Change[] = [
  {
    since: 14,
    ops: ['BatchNormalization'],
    rewrite: (node) => {
      if (node.outputs.slice(1).every((name) => name === '')) return { ...node, outputs: node.outputs.slice(0, 1) }
      throw new GraphError('unsupported', `${describe(node)} is in training mode: export the model for inference`)
    },
  },
  {
    since: 16,
    ops: ['RoiAlign'],
    rewrite: (node) => with_(node, 'coordinate_transformation_mode', 'output_half_pixel'),
  },
  {
    since: 18,
    ops: 'ReduceMax ReduceMin ReduceMean ReduceProd ReduceL1 ReduceL2 ReduceSumSquare ReduceLogSum ReduceLogSumExp'.split(
      ' ',
    ),
    rewrite: toInput('axes', 1),
  },
  {
    since: 18,
    ops: ['Split'],
    rewrite: (node) => (node.inputs[1] ? node : with_(node, 'num_outputs', node.outputs.length)),
  },
  {
    since: 20,
    ops: ['GridSample'],
    rewrite: (node) => {
      const mode = node.attributes['mode']?.value ?? 'bilinear'
      return with_(node, 'mode', mode === 'bilinear' ? 'linear' : mode === 'bicubic' ? 'cubic' : (mode as string))
    },
  },
  {
    since: 20,
    ops: ['DFT'],
    // The old default, axis 1, is not the new one, -2.
    rewrite: (node, add) => toInput('axis', 2)(node.attributes['axis'] ? node : with_(node, 'axis', 1), add),
  },
]

/**
 * Rewrites a graph of an older operator set in terms of {@link OPSET}.
 *
 * @throws GraphError `unsupported` for a set that is older than {@link OLDEST} or newer than {@link OPSET}.
 */
export function lift(graph: Subgraph, opset: number): Subgraph {
  if (opset < OLDEST || opset > OPSET) {
    throw new GraphError(
      'unsupported',
      `the model uses ONNX operator set ${opset}, supported are ${OLDEST} to ${OPSET}: export it again with one of those`,
    )
  }
  return rewritten(
    graph,
    changes.filter(({ since }) => since > opset),
  )
}

function rewritten(graph: Subgraph, due: readonly Change[]): Subgraph {
  const initializers = new Map(graph.initializers)
  const nodes = graph.nodes.map((node) => {
    const add = (value: Tensor) => {
      const name = `${node.outputs.find((output) => output !== '')}/lifted`
      initializers.set(name, value)
      return name
    }
    const lifted = node.domain === '' ? due.filter(({ ops }) => ops.includes(node.op)) : []
    return inner(
      lifted.reduce((old, { rewrite }) => rewrite(old, add), node),
      due,
    )
  })
  return { ...graph, nodes, initializers }
}

/** A node with the graphs in its attributes rewritten too. */
function inner(node: Node, due: readonly Change[]): Node {
  const entries = Object.entries(node.attributes)
  if (!entries.some(([, { type }]) => type === 'graph')) return node
  const attributes = entries.map(([name, held]) => [
    name,
    held.type === 'graph' ? { type: 'graph' as const, value: rewritten(held.value, due) } : held,
  ])
  return { ...node, attributes: Object.fromEntries(attributes) }
}
