import { GraphError } from '../errors.js'
import type { Graph } from '../graph.js'
import { attributes, type Dimension, describe, type Node } from '../model.js'
import type { Tensor } from '../tensor.js'
import type { Type, Value } from '../value.js'

/** One application of an operator, as inference and gradient rules see it. */
export class Call {
  readonly #attributes: ReturnType<typeof attributes>

  constructor(
    readonly graph: Graph,
    readonly node: Node,
    readonly inputs: readonly (Value | undefined)[],
    /** Whether a gradient with respect to that input is asked for. */
    readonly needs: (input: number) => boolean = () => false,
  ) {
    this.#attributes = attributes(node)
  }

  /** An input that the operator cannot do without. */
  input(index: number): Value {
    const value = this.inputs[index]
    if (value) return value
    throw new GraphError('corrupt', `${describe(this.node)} has no input ${index}, which it needs`)
  }

  output = (index = 0): Value => this.graph.value(this.node.outputs[index]!)

  int = (name: string, otherwise = 0): number => this.#attributes.int(name) ?? otherwise
  flag = (name: string, otherwise = false): boolean => this.int(name, Number(otherwise)) !== 0
  float = (name: string, otherwise: number): number => this.#attributes.float(name) ?? otherwise
  string = (name: string, otherwise = ''): string => this.#attributes.string(name) ?? otherwise
  ints = (name: string): readonly number[] | undefined => this.#attributes.ints(name)
  tensor = (name: string): Tensor | undefined => this.#attributes.tensor(name)

  /** The elements of a small integer input where they are known. */
  known = (index: number): readonly Dimension[] | undefined => this.inputs[index]?.type.known

  /** The numbers of a small integer input; undefined when it is left out; GraphError when they are not known. */
  numbers(index: number): readonly number[] | undefined {
    if (!this.inputs[index]) return undefined
    const known = this.numbersIfKnown(index)
    if (known) return known
    throw this.error(
      'shape',
      `needs input ${index} ("${this.node.inputs[index]}") to be constant, and it depends on the data or on a size that is not known`,
    )
  }

  /** The numbers of a small integer input where they are known. */
  numbersIfKnown(index: number): readonly number[] | undefined {
    const known = this.known(index)
    return known?.every((side) => typeof side === 'number') ? known : undefined
  }

  error = (kind: GraphError['kind'], message: string): GraphError =>
    new GraphError(kind, `${describe(this.node)} ${message}`)
}

/**
 * Gradient of an operator: from `upstream`, the cotangent of its first output, to the cotangents of its inputs, in
 * order; undefined for an input that is not asked for or has none. `all` has the cotangents of every output.
 */
export type Gradient = (
  call: Call,
  upstream: Value,
  all: readonly (Value | undefined)[],
) => Value | undefined | readonly (Value | undefined)[]

/** All that is known about an operator. */
export interface Operator {
  /** Types of the outputs, as far as they can be told. */
  readonly infer?: (call: Call) => Type | readonly Type[]
  readonly gradient?: Gradient
  /** The same values, or the first of them, from simpler operators; the gradient is then theirs. */
  readonly expand?: (call: Call) => Value | readonly Value[]
}

export type Family = Readonly<Record<string, Operator>>

/** Of the type of the first input. */
export const sameType = (call: Call): Type => ({ dtype: call.input(0).dtype, shape: call.input(0).shape })

/** The gradient of an operator whose derivative is zero wherever it exists, or whose outputs are not real numbers. */
export const flat: Gradient = () => []
