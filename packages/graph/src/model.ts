import { GraphError } from './errors.js'
import type { DType, Tensor } from './tensor.js'

/** The ONNX operator set of every graph in memory: models of older sets are lifted to it when they are read. */
export const OPSET = 20

/** A side of a shape: its length, or a symbol (equal symbols mean equal lengths). */
export type Dimension = number | string

/** An input or output of a graph. A shape that is not there means that not even the rank is known. */
export interface Port {
  readonly name: string
  readonly dtype: DType
  readonly shape?: readonly Dimension[]
}

/** The value of a node's attribute, tagged with its ONNX type because 1 may be an integer or a float. */
export type Attribute =
  | { readonly type: 'int' | 'float'; readonly value: number }
  | { readonly type: 'ints' | 'floats'; readonly value: readonly number[] }
  | { readonly type: 'string'; readonly value: string }
  | { readonly type: 'strings'; readonly value: readonly string[] }
  | { readonly type: 'tensor'; readonly value: Tensor }
  | { readonly type: 'graph'; readonly value: Subgraph }

/** One application of an operator. An input named '' is an optional one left out. */
export interface Node {
  readonly op: string
  /** '' is ONNX's own domain. */
  readonly domain: string
  readonly name: string
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  readonly attributes: Readonly<Record<string, Attribute>>
}

/** Nodes in an order in which each comes after those it reads from, and the constants they use. */
export interface Subgraph {
  readonly name: string
  readonly nodes: readonly Node[]
  readonly initializers: ReadonlyMap<string, Tensor>
  readonly inputs: readonly Port[]
  readonly outputs: readonly Port[]
  /** Types that a file declares for inner values: believed where an operator is not known here. */
  readonly declared?: readonly Port[]
}

/** An ONNX model: a plain, immutable value, written in operator set {@link OPSET}. */
export interface Model extends Subgraph {
  /** Versions of other operator sets, by domain. */
  readonly domains: ReadonlyMap<string, number>
  readonly metadata: ReadonlyMap<string, string>
}

/** What a caller may write for an attribute; `attribute` gives it its type. */
export type AttributeValue = number | boolean | string | readonly number[] | readonly string[] | Tensor | Attribute

// ONNX attributes that are floats; all other numeric ones are integers.
const floats = new Set(
  (
    'alpha beta gamma lambd epsilon momentum bias ratio mean scale high low threshold spatial_scale clip seed value_float ' +
    'value_floats cubic_coeff_a extrapolation_value activation_alpha activation_beta norm_coefficient'
  ).split(' '),
)

/** Gives a plain value the type that ONNX's attribute of that name has. */
export function attribute(name: string, value: AttributeValue): Attribute {
  if (typeof value === 'number') return { type: floats.has(name) ? 'float' : 'int', value }
  if (typeof value === 'boolean') return { type: 'int', value: Number(value) }
  if (typeof value === 'string') return { type: 'string', value }
  if (Array.isArray(value)) {
    if (typeof value[0] === 'string') return { type: 'strings', value }
    return { type: floats.has(name) ? 'floats' : 'ints', value }
  }
  if ('dtype' in value) return { type: 'tensor', value }
  return value as Attribute
}

/** The names that a node reads: its inputs, and what the graphs in its attributes use from outside of them. */
export function readsOf(node: Node): readonly string[] {
  const inputs = node.inputs.filter((name) => name !== '')
  const graphs = Object.values(node.attributes).flatMap(({ type, value }) => (type === 'graph' ? [value] : []))
  return [...inputs, ...graphs.flatMap(captured)]
}

function captured(graph: Subgraph): readonly string[] {
  const inner = new Set([...graph.initializers.keys(), ...graph.inputs.map(({ name }) => name)])
  for (const { outputs } of graph.nodes) for (const name of outputs) inner.add(name)
  const read = [...graph.nodes.flatMap(readsOf), ...graph.outputs.map(({ name }) => name)]
  return read.filter((name) => !inner.has(name))
}

/** What makes two nodes compute the same; undefined for nodes that are never the same. */
export function keyOf(node: Node): string | undefined {
  const attributes = Object.entries(node.attributes).sort(([a], [b]) => (a < b ? -1 : 1))
  const random = /^Random|Bernoulli|Multinomial|Dropout/.test(node.op)
  if (random || node.domain !== '' || attributes.some(([, { type }]) => type === 'tensor' || type === 'graph'))
    return undefined
  const outputs = node.outputs.map((name) => name !== '')
  return JSON.stringify([node.op, node.domain, node.inputs, outputs, attributes], (_, value) =>
    typeof value === 'number' ? String(value) : value,
  )
}

/** How a node is called in messages. */
export const describe = (node: Node): string =>
  `${node.domain ? `${node.domain}.` : ''}${node.op} node ${node.name ? `"${node.name}"` : `that makes "${node.outputs[0]}"`}`

type Value<T extends Attribute['type']> = Extract<Attribute, { readonly type: T }>['value']

function read<T extends Attribute['type']>(node: Node, type: T, name: string): Value<T> | undefined {
  const found = node.attributes[name]
  if (found && found.type !== type) {
    throw new GraphError('corrupt', `${describe(node)}: attribute ${name} is of type ${found.type}, expected ${type}`)
  }
  return found?.value as Value<T> | undefined
}

/** Reads attributes of a node; `undefined` when there is none; GraphError when it is of another type. */
export const attributes = (node: Node) => ({
  int: (name: string) => read(node, 'int', name),
  ints: (name: string) => read(node, 'ints', name),
  float: (name: string) => read(node, 'float', name),
  string: (name: string) => read(node, 'string', name),
  tensor: (name: string) => read(node, 'tensor', name),
  graph: (name: string) => read(node, 'graph', name),
})
