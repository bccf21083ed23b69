import { constantOf, decide, inline, renamed } from './control.js'
import { GraphError } from './errors.js'
import {
  type AttributeValue,
  attribute,
  type Dimension,
  describe,
  keyOf,
  type Model,
  type Node,
  type Port,
  readsOf,
} from './model.js'
import { Call, infer } from './operators/index.js'
import { type DType, numbers, type Tensor, tensor } from './tensor.js'
import { isFollowed, type Type, Value } from './value.js'

/** What may stand where a value is expected: a value, or a number or list of numbers that becomes a constant. */
export type Operand = Value | number | readonly number[] | Tensor

/**
 * A graph under construction. Shapes are worked out, and checked, as operators are applied; applying the same operator
 * to the same values twice gives the same value. `model()` ends it.
 */
export class Graph {
  readonly #nodes: Node[] = []
  readonly #initializers = new Map<string, Tensor>()
  readonly #values = new Map<string, Value>()
  readonly #names = new Set<string>() // of nodes: those of a model need not be those of their outputs
  readonly #shared = new Map<string, readonly Value[]>()
  readonly #producers = new Map<string, number>()
  readonly #declared = new Map<string, Type>()
  readonly #inputs: Port[] = []
  readonly #outputs: Port[] = []
  readonly #domains: Map<string, number>
  #count = 0

  constructor(
    readonly name = 'graph',
    domains: Iterable<readonly [string, number]> = [],
    readonly metadata: ReadonlyMap<string, string> = new Map(),
  ) {
    this.#domains = new Map(domains)
  }

  /** A graph that continues a model: its values are found by their names with `value(name)`. */
  static from(model: Model, shapes: Readonly<Record<string, readonly Dimension[]>> = {}): Graph {
    const graph = new Graph(model.name, model.domains, model.metadata)
    const reshaped = Object.keys(shapes).length > 0
    for (const { name, dtype, shape } of model.declared ?? [])
      graph.#declared.set(name, { dtype, shape: reshaped ? undefined : shape })
    for (const { name, dtype, shape } of model.inputs) graph.#declare(name, dtype, shapes[name] ?? shape)
    for (const [name, value] of model.initializers) graph.parameter(name, value)
    for (const node of model.nodes) graph.append(node)
    for (const { name } of model.outputs) graph.output(name, graph.value(name))
    return graph
  }

  /** An input of the model. A side that is a symbol takes any length; equal symbols stand for equal lengths. */
  input(name: string, shape: readonly Dimension[], dtype: DType = 'float32'): Value {
    return this.#declare(name, dtype, shape)
  }

  #declare(name: string, dtype: DType, shape: readonly Dimension[] | undefined): Value {
    this.#inputs.push({ name, dtype, ...(shape && { shape }) })
    return this.#define(name, { dtype, shape })
  }

  /** A constant with a name, such as a weight: gradients with respect to it can be asked for. */
  parameter(name: string, value: Tensor): Value {
    this.#initializers.set(name, value)
    const known = isFollowed(value.shape) ? numbers(value) : undefined
    return this.#define(name, { dtype: value.dtype, shape: value.shape, known })
  }

  /**
   * The parameters of a network by their names in a checkpoint: `p('conv1.weight')`.
   *
   * @param prefix Stands before every name, for a part of a network.
   * @throws GraphError `missing` from the returned function, when the checkpoint has no such tensor.
   */
  parameters(state: ReadonlyMap<string, Tensor>, prefix = ''): (name: string) => Value {
    return (name) => {
      const full = prefix + name
      const value = state.get(full)
      if (!value)
        throw new GraphError(
          'missing',
          `the checkpoint has no tensor "${full}"; it has ${[...state.keys()].join(', ')}`,
        )
      return this.#values.get(full) ?? this.parameter(full, value)
    }
  }

  /** A constant without a name of its own. A number becomes a scalar, a list one axis. */
  constant(value: number | readonly number[] | Tensor, dtype: DType = 'float32'): Value {
    const made = typeof value === 'object' && 'dtype' in value ? value : tensor(value, undefined, dtype)
    const key = made.data.length <= 64 ? `${made.dtype} [${made.shape}] ${made.data}` : undefined
    const same = key === undefined ? undefined : this.#shared.get(key)
    if (same) return same[0]!
    const fresh = this.parameter(this.#unique('constant'), made)
    if (key !== undefined) this.#shared.set(key, [fresh])
    return fresh
  }

  /** Applies an operator that has one output. Attributes have ONNX's names. */
  op(
    op: string,
    inputs: readonly (Value | undefined)[],
    attributes: Readonly<Record<string, AttributeValue>> = {},
  ): Value {
    return this.ops(op, inputs, attributes, 1)[0]!
  }

  /** Applies an operator that has several outputs. */
  ops(
    op: string,
    inputs: readonly (Value | undefined)[],
    attributes: Readonly<Record<string, AttributeValue>>,
    count: number,
  ): readonly Value[] {
    const names = inputs.map((value) => value?.name ?? '')
    while (names.at(-1) === '') names.pop()
    const entries = Object.entries(attributes).map(([name, value]) => [name, attribute(name, value)] as const)
    const name = this.#unique(op)
    const outputs = Array.from({ length: count }, (_, index) => (index === 0 ? `${name}_out` : `${name}_out${index}`))
    return this.append({ op, domain: '', name, inputs: names, outputs, attributes: Object.fromEntries(entries) })
  }

  /**
   * Appends a node, whose inputs must be there already, and gives its outputs. What need not be computed is not
   * appended: the outputs of a node that is there already, of an Identity or of a Constant become other names of the
   * same values, and control flow that is decided beforehand becomes the nodes that it runs.
   */
  append(node: Node): readonly Value[] {
    const inputs = node.inputs.map((name) => (name === '' ? undefined : this.value(name, node)))
    // What has another name here goes by its first one, also inside of the graphs that a node holds.
    const attributes = renamed(node, (name) => this.#values.get(name)?.name ?? name)
    const canonical = { ...node, inputs: inputs.map((value) => value?.name ?? ''), attributes }
    if (isPlain(node, 'Constant')) return [this.parameter(node.outputs[0]!, constantOf(node))]
    if (isPlain(node, 'Identity')) return [this.#alias(node.outputs[0]!, inputs[0]!)]
    const decided = decide(node, this)
    if (decided) return decided.map((value, index) => this.#alias(node.outputs[index]!, value))
    const key = keyOf(canonical)
    const same = key === undefined ? undefined : this.#shared.get(key)
    if (same) return same.map((value, index) => this.#alias(node.outputs[index]!, value))
    const made = this.#push(canonical, inputs)
    if (key !== undefined) this.#shared.set(key, made)
    return made
  }

  #push(node: Node, inputs: readonly (Value | undefined)[]): readonly Value[] {
    const types = infer(new Call(this, node, inputs))
    const index = this.#nodes.push(node) - 1
    this.#names.add(node.name)
    return node.outputs.map((name, output) => {
      if (name === '') return new Value(this, '', { dtype: 'float32' })
      this.#producers.set(name, index)
      return this.#define(name, types[output] ?? this.#declared.get(name) ?? { dtype: 'float32' })
    })
  }

  /** The value of that name; GraphError (`missing`) when there is none. */
  value(name: string, reader?: Node): Value {
    const value = this.#values.get(name)
    if (value) return value
    throw new GraphError(
      'missing',
      `${reader ? `${describe(reader)} reads` : 'there is no value'} "${name}"${reader ? ', which nothing before it makes' : ''}`,
    )
  }

  has = (name: string): boolean => this.#values.has(name)

  /** The constant tensor behind a value, if it is a constant. */
  tensor = (value: Value): Tensor | undefined => this.#initializers.get(value.name)

  /**
   * The outputs of a model applied to values, one for each of its inputs.
   *
   * @param prefix Stands before the names of the model's own; the model's name unless told, numbered when it is applied again.
   * @throws GraphError `usage` for another number of values than the model has inputs.
   */
  apply(model: Model, inputs: readonly Value[], prefix = this.#prefix(model)): readonly Value[] {
    if (inputs.length !== model.inputs.length) {
      const names = model.inputs.map(({ name }) => `"${name}"`).join(', ')
      throw new GraphError('usage', `the model "${model.name}" has the inputs ${names}, got ${inputs.length} value(s)`)
    }
    for (const [domain, version] of model.domains) this.#domains.set(domain, version)
    return inline(model, inputs, this, prefix)
  }

  #prefix({ name }: Model): string {
    const taken = (prefix: string) => [...this.#values.keys()].some((value) => value.startsWith(prefix))
    let prefix = `${name}/`
    for (let count = 2; taken(prefix); count++) prefix = `${name}_${count}/`
    return prefix
  }

  /** Joins values along an axis. */
  concat(values: readonly Value[], axis: number): Value {
    return values.length === 1 ? values[0]! : this.op('Concat', values, { axis })
  }

  /** Makes a value an output of the model under this name. */
  output(name: string, value: Value): void {
    const { dtype, shape } = value
    if (value.name !== name) {
      this.#values.delete(name) // it may have been another name of the value
      this.#push(
        {
          op: 'Identity',
          domain: '',
          name: this.#unique(`output_${name}`),
          inputs: [value.name],
          outputs: [name],
          attributes: {},
        },
        [value],
      )
    }
    this.#outputs.push({ name, dtype, ...(shape && { shape }) })
  }

  /** The node that computes a value; undefined for an input or a constant. */
  producer(value: Value): Node | undefined {
    const index = this.#producers.get(value.name)
    return index === undefined ? undefined : this.#nodes[index]
  }

  /** The nodes between some values and others that are computed from them, in order. */
  between(inputs: readonly Value[], ...outputs: readonly Value[]): readonly Node[] {
    const stops = new Set(inputs.map(({ name }) => name))
    const found = new Set<number>()
    const queue = outputs.map(({ name }) => name)
    for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
      const index = stops.has(name) ? undefined : this.#producers.get(name)
      if (index === undefined || found.has(index)) continue
      found.add(index)
      queue.push(...readsOf(this.#nodes[index]!))
    }
    return [...found].sort((a, b) => a - b).map((index) => this.#nodes[index]!)
  }

  /** The nodes so far, in order. */
  get nodes(): readonly Node[] {
    return this.#nodes
  }

  /** The finished model. */
  model(): Model {
    const declared = [...this.#declared].map(([name, { dtype, shape }]) => ({ name, dtype, ...(shape && { shape }) }))
    return {
      declared,
      name: this.name,
      nodes: [...this.#nodes],
      initializers: new Map(this.#initializers),
      inputs: [...this.#inputs],
      outputs: [...this.#outputs],
      domains: new Map(this.#domains),
      metadata: this.metadata,
    }
  }

  /** Turns an operand into a value, a number into a constant of the dtype of the value it meets. */
  lift(operand: Operand, dtype: DType): Value {
    return operand instanceof Value ? operand : this.constant(operand, dtype)
  }

  #alias(name: string, value: Value): Value {
    if (name === '') return value
    this.#free(name)
    this.#values.set(name, value)
    return value
  }

  #free(name: string): void {
    if (this.#values.has(name)) throw new GraphError('usage', `there are two values named "${name}"`)
  }

  #define(name: string, type: Type): Value {
    this.#free(name)
    const value = new Value(this, name, type)
    this.#values.set(name, value)
    return value
  }

  #unique(base: string): string {
    let name: string
    do name = `${base}_${this.#count++}`
    while (this.#names.has(name) || this.#values.has(name) || this.#values.has(`${name}_out`))
    return name
  }
}

const isPlain = (node: Node, op: string) => node.op === op && node.domain === ''

/** Starts a graph: `const g = graph('cnniqa')`. */
export const graph = (name?: string): Graph => new Graph(name)
