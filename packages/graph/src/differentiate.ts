import { GraphError } from './errors.js'
import { Graph } from './graph.js'
import { type Dimension, describe, type Model, type Node, readsOf } from './model.js'
import { zerosLike } from './operators/adjoint.js'
import { isReal } from './operators/elementwise.js'
import { Call, operator, typed } from './operators/index.js'
import { foldConstants } from './passes/constants.js'
import { foldBatchNorms } from './passes/fold.js'
import { prune } from './passes/prune.js'
import { widenGroups } from './passes/widen.js'
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
  const sources = [wrt].flat()
  const graph = prepared(model, shapes, sources)
  const targets = [of].flat().map((name) => graph.value(name))
  const values = sources.map((name) => graph.value(name))
  const seeds = targets.map((target) => [target.name, cotangentOf(graph, target, seed)] as const)
  const found = backward(graph, graph.nodes.slice(), values, seeds)
  sources.forEach((name, index) => {
    const value = values[index]!
    if (!found.has(value.name)) unconnected(graph, name, value, targets)
    graph.output(`grad_${name}`, found.get(value.name) ?? zerosLike(value))
  })
  return prune(graph.model())
}

/** Folding ends by itself, but for models made to keep it busy. */
const mostRounds = 8

/** A graph that continues what is left of a model after folding, which leaves alone what is in `keep`. */
function prepared(model: Model, shapes: Differentiation['shapes'], keep: readonly string[]): Graph {
  let graph = Graph.from(prune(model), shapes)
  // A constant that is known may decide shapes, and these further constants.
  for (let round = 0; round < mostRounds; round++) {
    const folded = foldConstants(graph, keep)
    if (!folded) break
    graph = Graph.from(prune(folded), shapes)
  }
  return Graph.from(widenGroups(foldBatchNorms(prune(graph.model()), keep), keep), shapes)
}

/** The cotangents of `sources`, from those of the `targets`, through `nodes`, which are in order. */
function backward(
  graph: Graph,
  nodes: readonly Node[],
  sources: readonly Value[],
  targets: readonly (readonly [string, Value])[],
): ReadonlyMap<string, Value> {
  const { path, values } = onPath(graph, nodes, sources, targets)
  const cotangents = new Map<string, Value>()
  const accumulate = (name: string, value: Value) => cotangents.set(name, cotangents.get(name)?.add(value) ?? value)
  for (const [name, value] of targets) accumulate(name, value)
  for (const node of path.toReversed()) {
    const upstream = node.outputs.map((name) => cotangents.get(name))
    if (upstream.every((value) => value === undefined)) continue
    const needs = (index: number) => values.has(node.inputs[index] ?? '')
    const inputs = node.inputs.map((name) => (name === '' ? undefined : graph.value(name)))
    const found = pull(new Call(graph, node, inputs, needs), upstream) ?? noRule(node, path, targets)
    node.inputs.forEach((name, index) => {
      const value = found[index]
      if (value && needs(index)) accumulate(name, value)
    })
  }
  return cotangents
}

/** The cotangents of a call's inputs by its operator's rule; undefined when there is none. */
function pull(call: Call, upstream: readonly (Value | undefined)[]): readonly (Value | undefined)[] | undefined {
  const rule = operator(call.node.op, call.node.domain)
  const first = upstream[0] ?? zerosLike(call.output(0))
  const { gradient, expand } = rule ?? {}
  if (gradient) return [typed(call, () => gradient(call, first, upstream))].flat()
  if (!expand) return undefined
  const inputs = call.inputs.filter((value) => value !== undefined)
  const used = call.inputs.filter((value, index) => value && call.needs(index) && isReal(value)) as Value[]
  const results = [typed(call, () => expand(call))].flat()
  const seeds = upstream.flatMap((value, index) => {
    const result = results[index]
    if (value && !result) throw call.error('unsupported', `has no gradient rule for its output ${index}`)
    return value && result ? [[result.name, value] as const] : []
  })
  const nodes = call.graph.between(inputs, ...results)
  const found = backward(call.graph, nodes, used, seeds)
  // An input that is there twice gets its whole cotangent once.
  return call.inputs.map((value, index) =>
    value && call.inputs.indexOf(value) === index ? found.get(value.name) : undefined,
  )
}

function cotangentOf(graph: Graph, output: Value, seed: boolean): Value {
  const { name, dtype, shape } = output
  if (!isReal(output)) throw new GraphError('usage', `"${name}" holds ${dtype} numbers, which have no gradient`)
  if (seed) {
    if (!shape) throw new GraphError('shape', `the shape of "${name}" is not known, so neither is that of its seed`)
    return graph.input(`seed_${name}`, shape, dtype)
  }
  if (!shape || product(shape) !== 1) {
    const found = shape ? `[${shape}]` : 'unknown'
    throw new GraphError(
      'usage',
      `"${name}" has the shape ${found}, not a single number: ask for its gradient with seed: true`,
    )
  }
  return graph.constant(1, dtype).expand(shape as readonly number[])
}

/** The nodes, and the real values they connect, on the paths from sources to targets. */
function onPath(
  graph: Graph,
  nodes: readonly Node[],
  sources: readonly Value[],
  targets: readonly (readonly [string, Value])[],
): { path: readonly Node[]; values: ReadonlySet<string> } {
  const reached = new Set(sources.map(({ name }) => name))
  const forward = nodes.filter((node) => {
    const hit = readsOf(node).some((name) => reached.has(name))
    if (hit) for (const name of node.outputs) if (name !== '' && isReal(graph.value(name))) reached.add(name)
    return hit
  })
  const wanted = new Set(targets.map(([name]) => name))
  const path = forward.toReversed().filter((node) => {
    const hit = node.outputs.some((name) => wanted.has(name))
    if (hit) for (const name of readsOf(node)) wanted.add(name)
    return hit
  })
  return { path: path.reverse(), values: new Set([...reached].filter((name) => wanted.has(name))) }
}

/** A gradient of zero is right where rounding or the like is in between, and a mistake where nothing is. */
function unconnected(graph: Graph, name: string, value: Value, targets: readonly Value[]): void {
  const reads = new Set(targets.flatMap((target) => graph.between([], target).flatMap(readsOf)))
  if (reads.has(value.name) || targets.includes(value)) return
  throw new GraphError('usage', `"${targets.map((target) => target.name).join('", "')}" does not depend on "${name}"`)
}

function noRule(node: Node, path: readonly Node[], targets: readonly (readonly [string, Value])[]): never {
  const way = [node]
  const ends = new Set(targets.map(([name]) => name))
  for (let last = node; !last.outputs.some((name) => ends.has(name)); ) {
    const next = path.find((other) => readsOf(other).some((name) => last.outputs.includes(name)))
    if (!next) break
    way.push(next)
    last = next
  }
  const names = way.map(({ op, outputs }) => `${op} (${outputs[0]})`)
  const short = names.length > 8 ? [...names.slice(0, 4), '...', ...names.slice(-3)] : names
  throw new GraphError(
    'unsupported',
    `${describe(node)}: there is no gradient rule for this operator, which is on the path ${short.join(' -> ')}`,
  )
}
