import { GraphError } from './errors.js'
import type { Graph } from './graph.js'
import { attributes, type Node, type Subgraph } from './model.js'
import { type Tensor, tensor } from './tensor.js'
import type { Value } from './value.js'

/** The tensor of a Constant node. */
export function constantOf(node: Node): Tensor {
  const [name, held] = Object.entries(node.attributes)[0] ?? ['']
  switch (held?.type) {
    case 'tensor':
      return held.value
    case 'int':
      return tensor([held.value], [], 'int64')
    case 'ints':
      return tensor(held.value, undefined, 'int64')
    case 'float':
      return tensor(held.value)
    case 'floats':
      return tensor(held.value)
    default:
      throw new GraphError(
        'unsupported',
        `the Constant "${node.outputs[0]}" has ${name || 'no attribute'}, expected numbers`,
      )
  }
}

const mostTurns = 1000

/** Loops are written out as long as a graph has no more nodes than these: loops inside of each other would never end. */
const mostNodes = 10_000
const written = new WeakMap<Graph, number>()

function mayWrite(nodes: number, graph: Graph): boolean {
  const total = (written.get(graph) ?? graph.nodes.length) + nodes
  if (total <= mostNodes) written.set(graph, total)
  return total <= mostNodes
}

/**
 * Control flow that does not depend on data, written out into the graph: the branch of an If whose condition is known,
 * the turns of a Loop whose number is. Gives the node's outputs; undefined for any other node.
 */
export function decide(node: Node, graph: Graph): readonly Value[] | undefined {
  if (node.domain !== '') return undefined
  if (node.op === 'If') return decideIf(node, graph)
  if (node.op === 'Loop') return unroll(node, graph)
  return undefined
}

const knownOf = (name: string | undefined, graph: Graph) => {
  const element = name ? graph.value(name).type.known?.[0] : undefined
  return typeof element === 'number' ? element : undefined
}

function decideIf(node: Node, graph: Graph): readonly Value[] | undefined {
  const condition = knownOf(node.inputs[0], graph)
  if (condition === undefined) return undefined
  const branch = attributes(node).graph(condition ? 'then_branch' : 'else_branch')
  return branch && inline(branch, [], graph, `${node.outputs[0]}/`)
}

function unroll(node: Node, graph: Graph): readonly Value[] | undefined {
  const turns = knownOf(node.inputs[0], graph)
  const body = attributes(node).graph('body')
  const start = node.inputs[1] ? knownOf(node.inputs[1], graph) : 1
  if (turns === undefined || turns > mostTurns || !body || start === undefined || !keepsGoing(body)) return undefined
  if (!mayWrite(turns * (1 + nodesIn(body)), graph)) return undefined
  let carried = node.inputs.slice(2).map((name) => graph.value(name))
  const scans: Value[][] = node.outputs.slice(carried.length).map(() => [])
  for (let turn = 0; turn < (start ? turns : 0); turn++) {
    const counter = graph.constant({ dtype: 'int64', shape: [], data: BigInt64Array.of(BigInt(turn)) })
    const going = graph.constant({ dtype: 'bool', shape: [], data: Uint8Array.of(1) })
    const results = inline(body, [counter, going, ...carried], graph, `${node.outputs[0]}/${turn}/`).slice(1)
    const count = carried.length
    carried = results.slice(0, count)
    results.slice(count).forEach((value, index) => {
      scans[index]?.push(value.unsqueeze([0]))
    })
  }
  if (scans.some((values) => values.length === 0)) return undefined
  return [...carried, ...scans.map((values) => graph.concat(values, 0))]
}

/** The nodes of a graph and of the graphs inside of it. */
const nodesIn = ({ nodes }: Subgraph): number =>
  nodes.reduce((sum, { attributes: held }) => {
    const inner = Object.values(held).map(({ type, value }) => (type === 'graph' ? nodesIn(value) : 0))
    return sum + 1 + inner.reduce((a, b) => a + b, 0)
  }, 0)

/** Whether a loop's body never ends the loop: its condition is the one it was given, or constant and true. */
function keepsGoing(body: Subgraph): boolean {
  let name = body.outputs[0]?.name
  for (const node of body.nodes.toReversed()) {
    if (!name || !node.outputs.includes(name)) continue
    if (node.op === 'Constant') return Number(constantOf(node).data[0]) === 1
    if (node.op !== 'Identity') return false
    name = node.inputs[0]
  }
  const constant = body.initializers.get(name ?? '')
  return constant ? Number(constant.data[0]) === 1 : name === body.inputs[1]?.name
}

/** Appends the nodes of a subgraph, its own names behind a prefix, and gives its outputs. */
export function inline(body: Subgraph, inputs: readonly Value[], graph: Graph, prefix: string): readonly Value[] {
  const own = new Map(body.inputs.map(({ name }, index) => [name, inputs[index]!.name]))
  const inside = (name: string) => own.get(name) ?? name
  const name = (inner: string) => {
    if (inner === '') return ''
    own.set(inner, prefix + inner)
    return prefix + inner
  }
  for (const [inner, value] of body.initializers) graph.parameter(name(inner), value)
  for (const node of body.nodes) {
    const attributes = renamed(node, inside)
    const inputs = node.inputs.map(inside)
    graph.append({
      ...node,
      name: node.name && prefix + node.name,
      inputs,
      outputs: node.outputs.map(name),
      attributes,
    })
  }
  return body.outputs.map((port) => graph.value(inside(port.name)))
}

/** The attributes of a node with the outer names that its subgraphs use renamed. */
export function renamed(node: Node, inside: (name: string) => string): Node['attributes'] {
  const entries = Object.entries(node.attributes).map(([key, held]) => {
    if (held.type !== 'graph') return [key, held] as const
    const nodes = held.value.nodes.map((inner) => ({
      ...inner,
      inputs: inner.inputs.map(inside),
      attributes: renamed(inner, inside),
    }))
    const outputs = held.value.outputs.map((port) => ({ ...port, name: inside(port.name) }))
    return [key, { type: 'graph' as const, value: { ...held.value, nodes, outputs } }] as const
  })
  return Object.fromEntries(entries)
}
