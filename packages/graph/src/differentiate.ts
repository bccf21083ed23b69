import { GraphError } from './errors.js'
import { Graph } from './graph.js'
import { type Dimension, describe, type Model, type Node } from './model.js'
import { zerosLike } from './operators/adjoint.js'
import { isReal } from './operators/elementwise.js'
import { Call, operator } from './operators/index.js'
import { product } from './shapes.js'
import type { Value } from './value.js'

export interface Differentiation {
  /** Name of the output to differentiate, or several, whose gradients are added. */
  readonly of: string | readonly string[]
  /** Names of the inputs or initializers with respect to which. */
  readonly wrt: string | readonly string[]
  /**
   * Make the cotangent of every output in `of` an input of the new model, named `seed_<output>` and of the output's
   * shape: the gradients are then vector-Jacobian products. Without it the outputs must be single numbers.
   */
  readonly seed?: boolean
  /** Shapes of inputs, in place of those in the model. */
  readonly shapes?: Readonly<Record<string, readonly Dimension[]>>
}

/**
 * Reverse-mode differentiation of a graph, as a graph: the model with its outputs and the further outputs `grad_<name>`,
 * one for each name in `wrt`, of that value's shape.
 *
 * @throws GraphError `unsupported` for an operator without a rule on a path from `wrt` to `of` (elsewhere it does not
 *   matter), `shape` where a rule needs a static shape that is not known, `missing` for a name that is not there, `usage`
 *   for an output that does not depend on a name in `wrt`, or that is not a single number and has no seed.
 */
export function differentiate(model: Model, { of, wrt, seed = false, shapes = {} }: Differentiation): Model {
  const targets = [of].flat()
  const sources = [wrt].flat()
  const graph = Graph.from(model, shapes)
  for (const name of sources) graph.value(name)
  const nodes = [...graph.nodes]
  const active = activeNodes(nodes, sources, targets)

  const cotangents = new Map<string, Value>()
  const accumulate = (name: string, value: Value) => cotangents.set(name, cotangents.get(name)?.add(value) ?? value)
  for (const name of targets) accumulate(name, cotangentOf(graph, graph.value(name), seed))

  for (const node of nodes.toReversed()) {
    if (!active.has(node)) continue
    const upstream = node.outputs.map((name) => cotangents.get(name))
    if (upstream.every((value) => value === undefined)) continue
    const needs = (index: number) => active.values.has(node.inputs[index] ?? '')
    const call = new Call(
      graph,
      node,
      node.inputs.map((name) => (name === '' ? undefined : graph.value(name))),
      needs,
    )
    const gradient = operator(node.op, node.domain)?.gradient
    if (!gradient) throw withoutRule(node, nodes, active.values, targets)
    const first = upstream[0] ?? zerosLike(call.output(0))
    const found = [gradient(call, first, upstream)].flat()
    node.inputs.forEach((name, index) => {
      const value = found[index]
      if (value && needs(index)) accumulate(name, value)
    })
  }
  for (const name of sources) {
    const source = graph.value(name)
    graph.output(`grad_${name}`, cotangents.get(name) ?? zerosLike(source))
  }
  return graph.model()
}

function cotangentOf(graph: Graph, output: Value, seed: boolean): Value {
  const { name, dtype, shape } = output
  if (!isReal(output)) throw new GraphError('usage', `"${name}" holds ${dtype} numbers, which have no gradient`)
  if (seed) {
    if (!shape) throw new GraphError('shape', `the shape of "${name}" is not known, so neither is that of its seed`)
    return graph.input(`seed_${name}`, shape, dtype)
  }
  if (!shape || product(shape) !== 1) {
    throw new GraphError(
      'usage',
      `"${name}" has shape [${shape ?? 'unknown'}], not a single number: ask for its gradient with seed: true`,
    )
  }
  return graph.constant(1, dtype).expand(graph.constant(shape as number[], 'int64'))
}

interface Active {
  has(node: Node): boolean
  readonly values: ReadonlySet<string>
}

/** The nodes and values on a path from a source to a target, real numbers all along. */
function activeNodes(nodes: readonly Node[], sources: readonly string[], targets: readonly string[]): Active {
  const reached = new Set(sources)
  const forward = nodes.filter((node) => {
    const hit = node.inputs.some((name) => reached.has(name))
    if (hit) for (const name of node.outputs) reached.add(name)
    return hit
  })
  const wanted = new Set(targets)
  const active = new Set<Node>()
  for (const node of forward.toReversed()) {
    if (!node.outputs.some((name) => wanted.has(name))) continue
    active.add(node)
    for (const name of node.inputs) wanted.add(name)
  }
  for (const name of sources) {
    if (!wanted.has(name)) throw new GraphError('usage', `"${targets.join('", "')}" does not depend on "${name}"`)
  }
  return { has: (node) => active.has(node), values: new Set([...reached].filter((name) => wanted.has(name))) }
}

function withoutRule(
  node: Node,
  nodes: readonly Node[],
  values: ReadonlySet<string>,
  targets: readonly string[],
): GraphError {
  const path = [node]
  for (let last = node; !last.outputs.some((name) => targets.includes(name)); ) {
    const next = nodes.find((other) => other.inputs.some((name) => values.has(name) && last.outputs.includes(name)))
    if (!next) break
    path.push(next)
    last = next
  }
  const names = path.map(({ op, outputs }) => `${op} (${outputs[0]})`)
  const way = names.length > 8 ? [...names.slice(0, 4), '...', ...names.slice(-3)] : names
  return new GraphError(
    'unsupported',
    `${describe(node)}: no gradient rule for this operator, which is on the path ${way.join(' -> ')}`,
  )
}
