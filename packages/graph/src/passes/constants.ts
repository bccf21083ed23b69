import type { Graph } from '../graph.js'
import { type Model, type Node, readsOf } from '../model.js'
import { Call, typed } from '../operators/index.js'
import { isStatic } from '../shapes.js'
import { bytesOf, sizeOf, type Tensor, tensor } from '../tensor.js'
import { isFollowed, type Type } from '../value.js'
import { evaluate, isEvaluated } from './evaluate.js'

/** Constants up to so many bytes are made even where the larger ones that they come from stay. */
const small = 2 ** 16

const bytes = ({ shape, dtype }: Tensor) => sizeOf(shape) * bytesOf(dtype)

/**
 * The model of a graph in which what only constants decide is constant: nodes that read nothing else, sizes that are
 * known, and Dropout that drops nothing. Small constants that are equal become one. Of what is in `keep` nothing is
 * folded, because it is not constant for the one who asks for its gradient. Undefined where there is nothing to do.
 *
 * No more than a constant's own bytes are made from it, all results together, so that no weight is there twice.
 */
export function foldConstants(graph: Graph, keep: readonly string[]): Model | undefined {
  const model = graph.model()
  const { found, tainted } = candidates(graph, model, keep)
  const outputs = new Set(model.outputs.map(({ name }) => name))
  const folds = new Folds(graph, found, model)
  const folded = (name: string) => found.has(name) && !outputs.has(name) && !folds.refused.has(name)
  for (;;) {
    const left = model.nodes.filter((node) => !node.outputs.every(folded))
    const kept = new Set(left.flatMap(({ outputs: names }) => names))
    const read = new Set(left.flatMap(readsOf))
    const made = folds.make(
      [...read].filter((name) => folded(name) && !kept.has(name)),
      read,
    )
    if (!made) continue // something was refused: what it is computed from is wanted now
    const nodes = left.map((node) => (isOff(node, graph) ? identity(node.outputs[0]!, node.inputs[0]!) : node))
    const twins = merged([...model.initializers, ...made], (name) => tainted.has(name) || outputs.has(name))
    const initializers = new Map([...model.initializers, ...made].filter(([name]) => !twins.has(name)))
    const aliases = [...twins].map(([name, first]) => identity(name, first))
    const same = nodes.length === model.nodes.length && nodes.every((node, index) => node === model.nodes[index])
    return same && aliases.length === 0 ? undefined : { ...model, nodes: [...aliases, ...nodes], initializers }
  }
}

const identity = (name: string, input: string): Node => ({
  op: 'Identity',
  domain: '',
  name: `${name}/identity`,
  inputs: [input],
  outputs: [name],
  attributes: {},
})

/** Whether a node is a Dropout that lets everything through. */
function isOff(node: Node, graph: Graph): boolean {
  if (node.op !== 'Dropout' || node.domain !== '' || node.outputs[1]) return false
  const known = (index: number) => node.inputs[index] && graph.value(node.inputs[index]!).type.known?.[0]
  return !node.inputs[2] || known(2) === 0 || known(1) === 0
}

/** How an output can be had without running the graph. */
interface Candidate {
  readonly node: Node
  /** The elements, where sizes alone decide them. */
  readonly known?: Tensor
}

/** What may be folded, and what depends on `keep`. */
function candidates(graph: Graph, model: Model, keep: readonly string[]) {
  const tainted = new Set(keep)
  const found = new Map<string, Candidate>()
  for (const node of model.nodes) {
    const reads = readsOf(node)
    if (!/^(Shape|Size)$/.test(node.op) && reads.some((name) => tainted.has(name))) {
      for (const name of node.outputs) tainted.add(name)
      continue
    }
    const types = node.outputs.map((name) => (name === '' ? undefined : graph.value(name).type))
    const constant = reads.every((name) => model.initializers.has(name) || found.has(name))
    const large = Math.max(
      small,
      reads.reduce((sum, name) => sum + bytesIn(graph.value(name).type), 0),
    )
    if (
      constant &&
      node.domain === '' &&
      isEvaluated(node.op) &&
      types.every((type) => type && bytesIn(type) <= large)
    ) {
      for (const name of node.outputs) found.set(name, { node })
    } else if (node.outputs.length === 1) {
      const known = knownTensor(types[0])
      if (known) found.set(node.outputs[0]!, { node, known })
    }
  }
  return { found, tainted }
}

const bytesIn = ({ shape, dtype }: Type) =>
  isStatic(shape) ? sizeOf(shape) * bytesOf(dtype) : Number.POSITIVE_INFINITY

/** The elements that are known without running, where they are whole numbers that a double holds. */
function knownTensor(type: Type | undefined): Tensor | undefined {
  const { known, shape, dtype } = type ?? {}
  if (!known || !isStatic(known) || !isStatic(shape) || !dtype || sizeOf(shape) !== known.length) return undefined
  return known.every(Number.isSafeInteger) && !dtype.includes('float') ? tensor(known, shape, dtype) : undefined
}

/** The values that are folded, and those that turn out not to be. */
class Folds {
  readonly refused = new Set<string>()
  readonly #made = new Map<string, Tensor>()
  readonly #sources = new Map<string, ReadonlySet<string>>()

  constructor(
    readonly graph: Graph,
    readonly found: ReadonlyMap<string, Candidate>,
    readonly model: Model,
  ) {}

  /** The tensors that are wanted; undefined when some are refused now. `read` is all that stays to be read by nodes. */
  make(wanted: readonly string[], read: ReadonlySet<string>): ReadonlyMap<string, Tensor> | undefined {
    const before = this.refused.size
    const uses = new Map<string, number>()
    const large = wanted.filter((name) => bytesIn(this.graph.value(name).type) > small)
    for (const source of large.flatMap((name) => [...this.#from(name)])) {
      uses.set(source, (uses.get(source) ?? Number(read.has(source))) + 1)
    }
    for (const name of large) {
      const share = [...this.#from(name)].reduce(
        (sum, source) => sum + bytes(this.model.initializers.get(source)!) / uses.get(source)!,
        0,
      )
      if (bytesIn(this.graph.value(name).type) > Math.max(small, share)) this.refused.add(name)
    }
    if (this.refused.size > before) return undefined
    for (const name of wanted) {
      const value = this.#made.get(name) ?? this.#compute(name, new Map())
      if (value) this.#made.set(name, value)
      else this.refused.add(name)
    }
    return this.refused.size > before ? undefined : new Map(wanted.map((name) => [name, this.#made.get(name)!]))
  }

  /** The initializers that a value is computed from. */
  #from(name: string): ReadonlySet<string> {
    const known = this.#sources.get(name)
    if (known) return known
    const reads = this.found.get(name)?.node.inputs.filter((input) => input !== '') ?? []
    const sources = new Set(
      reads.flatMap((input) => (this.model.initializers.has(input) ? [input] : [...this.#from(input)])),
    )
    this.#sources.set(name, sources)
    return sources
  }

  #compute(name: string, inner: Map<string, Tensor | undefined>): Tensor | undefined {
    if (inner.has(name)) return inner.get(name)
    const { node, known } = this.found.get(name)!
    const inputs = node.inputs.map((input) =>
      input === '' || known ? undefined : (this.model.initializers.get(input) ?? this.#compute(input, inner)),
    )
    const complete = known || inputs.every((value, index) => value || node.inputs[index] === '')
    const values = node.inputs.map((input) => (input === '' ? undefined : this.graph.value(input)))
    const call = new Call(this.graph, node, values)
    const value =
      known ?? (complete ? typed(call, () => evaluate(call, inputs, node.outputs.indexOf(name))) : undefined)
    inner.set(name, value)
    return value
  }
}

/** Names of small constants that equal an earlier one, which they map to. */
function merged(
  constants: readonly (readonly [string, Tensor])[],
  apart: (name: string) => boolean,
): ReadonlyMap<string, string> {
  const first = new Map<string, string>()
  const twins = new Map<string, string>()
  for (const [name, value] of constants) {
    if (!isFollowed(value.shape) || apart(name)) continue
    const elements = Array.from(value.data as ArrayLike<unknown>, (element) =>
      Object.is(element, -0) ? '-0' : element,
    )
    const key = `${value.dtype} [${value.shape}] ${elements}`
    const same = first.get(key)
    if (same) twins.set(name, same)
    else first.set(key, name)
  }
  return twins
}
