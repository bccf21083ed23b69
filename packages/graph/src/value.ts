import { GraphError } from './errors.js'
import type { Graph, Operand } from './graph.js'
import type { AttributeValue } from './model.js'
import { codeOf } from './onnx/dtypes.js'
import { axisOf, isStatic, type Shape } from './shapes.js'
import { type DType, sizeOf } from './tensor.js'

/** What is known of a value before anything runs. */
export interface Type {
  readonly dtype: DType
  /** Undefined where not even the rank is known. */
  readonly shape?: Shape | undefined
  /** The elements of a small scalar or vector, such as a shape or scales, where they are known. */
  readonly known?: Shape | undefined
}

const mostFollowed = 64

/** Whether the elements of a tensor are few enough to be followed through the graph. */
export const isFollowed = (shape: readonly number[]): boolean => shape.length < 2 && sizeOf(shape) <= mostFollowed

/** Options of a two-dimensional window: one number for both axes, or ONNX's list. */
export interface Window {
  readonly stride?: number | readonly [number, number]
  /** One number, or top, left, bottom, right. */
  readonly pad?: number | readonly [number, number, number, number]
  readonly dilation?: number | readonly [number, number]
}

type Keep = { /** Keep the reduced axes with length 1 (the default). */ readonly keep?: boolean }

const both = (value: number | readonly number[]): readonly number[] =>
  typeof value === 'number' ? [value, value] : value

const windowed = ({ stride = 1, pad = 0, dilation = 1 }: Window) => ({
  strides: both(stride),
  pads: typeof pad === 'number' ? [pad, pad, pad, pad] : pad,
  dilations: both(dilation),
})

/**
 * A tensor that a graph computes. Methods apply ONNX operators, so a formula reads as one:
 * `x.sub(mean).div(std.add(1))`. Operands broadcast as in NumPy; numbers become constants.
 */
export class Value {
  constructor(
    readonly graph: Graph,
    readonly name: string,
    readonly type: Type,
  ) {}

  get dtype(): DType {
    return this.type.dtype
  }

  get shape(): Shape | undefined {
    return this.type.shape
  }

  /** Number of axes; GraphError (`shape`) when it is not known. */
  get rank(): number {
    if (this.shape) return this.shape.length
    throw new GraphError('shape', `the rank of "${this.name}" is not known, and it is needed here`)
  }

  /** The shape in numbers; GraphError (`shape`) when a side is not known before running. */
  sides(): readonly number[] {
    if (isStatic(this.shape)) return this.shape
    const shape = this.shape ? `[${this.shape}]` : 'not known'
    throw new GraphError(
      'shape',
      `a static shape of "${this.name}" is needed here, and its shape is ${shape}: give the shapes of the model's inputs`,
    )
  }

  /** Applies an operator with this value as its first input. */
  op(
    op: string,
    inputs: readonly (Operand | undefined)[] = [],
    attributes: Readonly<Record<string, AttributeValue>> = {},
  ): Value {
    const rest = inputs.map((input) => (input === undefined ? undefined : this.graph.lift(input, this.dtype)))
    return this.graph.op(op, [this, ...rest], attributes)
  }

  add = (other: Operand): Value => (other === 0 ? this : this.op('Add', [other]))
  sub = (other: Operand): Value => (other === 0 ? this : this.op('Sub', [other]))
  mul = (other: Operand): Value => (other === 1 ? this : this.op('Mul', [other]))
  div = (other: Operand): Value => (other === 1 ? this : this.op('Div', [other]))
  /** `this ** exponent`. */
  pow = (exponent: Operand): Value =>
    exponent === 2 ? this.mul(this) : exponent === 1 ? this : this.op('Pow', [exponent])
  neg = (): Value => this.op('Neg')
  abs = (): Value => this.op('Abs')
  sign = (): Value => this.op('Sign')
  sqrt = (): Value => this.op('Sqrt')
  exp = (): Value => this.op('Exp')
  log = (): Value => this.op('Log')
  reciprocal = (): Value => this.op('Reciprocal')
  /** The smaller of two, element by element. */
  minimum = (other: Operand): Value => this.op('Min', [other])
  /** The larger of two, element by element. */
  maximum = (other: Operand): Value => this.op('Max', [other])
  clip = (low: number, high: number): Value => this.op('Clip', [low, high])

  relu = (): Value => this.op('Relu')
  sigmoid = (): Value => this.op('Sigmoid')
  tanh = (): Value => this.op('Tanh')
  erf = (): Value => this.op('Erf')
  softplus = (): Value => this.op('Softplus')
  softmax = (axis = -1): Value => this.op('Softmax', [], { axis })

  greater = (other: Operand): Value => this.op('Greater', [other])
  less = (other: Operand): Value => this.op('Less', [other])
  equal = (other: Operand): Value => this.op('Equal', [other])
  /** `yes` where this boolean value is true, `no` elsewhere. At least one of them must be a value. */
  where(yes: Operand, no: Operand): Value {
    const dtype = yes instanceof Value ? yes.dtype : no instanceof Value ? no.dtype : 'float32'
    return this.graph.op('Where', [this, this.graph.lift(yes, dtype), this.graph.lift(no, dtype)])
  }
  cast = (dtype: DType): Value => (dtype === this.dtype ? this : this.op('Cast', [], { to: codeOf(dtype) }))

  /** Reductions; without axes over all of them. The reduced axes stay with length 1 unless `keep` is false. */
  sum = (axes?: readonly number[], keep?: Keep): Value => this.#reduce('ReduceSum', axes, keep)
  mean = (axes?: readonly number[], keep?: Keep): Value => this.#reduce('ReduceMean', axes, keep)
  max = (axes?: readonly number[], keep?: Keep): Value => this.#reduce('ReduceMax', axes, keep)
  min = (axes?: readonly number[], keep?: Keep): Value => this.#reduce('ReduceMin', axes, keep)

  #reduce(op: string, axes: readonly number[] | undefined, { keep = true }: Keep = {}): Value {
    if (axes?.length === 0) return this
    const list = axes && this.graph.constant([...axes], 'int64')
    return this.graph.op(op, [this, list], { keepdims: keep })
  }

  /** The shape as an int64 vector, or the sides of some axes. */
  sizes(axes?: readonly number[]): Value {
    if (isStatic(this.shape)) {
      const shape = this.shape
      return this.graph.constant(axes ? axes.map((axis) => shape[axisOf(axis, shape.length)]!) : shape, 'int64')
    }
    const all = this.op('Shape')
    return axes ? all.gather(0, this.graph.constant([...axes], 'int64')) : all
  }

  /** -1 stands for what is left, 0 for the side as it is. */
  reshape = (shape: readonly number[] | Value): Value => this.op('Reshape', [ints(this.graph, shape)])
  transpose = (order: readonly number[]): Value =>
    order.every((axis, index) => axis === index) ? this : this.op('Transpose', [], { perm: order })
  unsqueeze = (axes: readonly number[]): Value =>
    axes.length === 0 ? this : this.op('Unsqueeze', [ints(this.graph, axes)])
  squeeze = (axes: readonly number[]): Value =>
    axes.length === 0 ? this : this.op('Squeeze', [ints(this.graph, axes)])
  /** Keeps the first axes up to `axis` and joins the rest into one: [batch, features] by default. */
  flatten = (axis = 1): Value => this.op('Flatten', [], { axis })
  expand = (shape: readonly number[] | Value): Value => this.op('Expand', [ints(this.graph, shape)])
  gather = (axis: number, indices: Value): Value => this.op('Gather', [indices], { axis })

  /** Elements from `starts` to before `ends` along some axes; negative positions count from the end. */
  slice(
    axes: readonly number[],
    starts: readonly number[] | Value,
    ends: readonly number[] | Value,
    steps?: readonly number[],
  ): Value {
    const list = (value: readonly number[] | Value) => ints(this.graph, value)
    return this.op('Slice', [list(starts), list(ends), list(axes), steps && list(steps)])
  }

  /** Pads the last axes: all beginnings first, then all ends, as in `[top, left, bottom, right]`. Negative pads crop. */
  pad(pads: readonly number[], mode: 'constant' | 'reflect' | 'edge' = 'constant', value = 0): Value {
    if (pads.every((pad) => pad === 0)) return this
    const axes = pads.length / 2
    const outer = new Array<number>(this.rank - axes).fill(0)
    const full = [...outer, ...pads.slice(0, axes), ...outer, ...pads.slice(axes)]
    return this.op('Pad', [ints(this.graph, full), mode === 'constant' && value !== 0 ? value : undefined], { mode })
  }

  /** Mirrors some axes. */
  flip(axes: readonly number[]): Value {
    if (axes.length === 0) return this
    const fill = (value: number) => axes.map(() => value)
    return this.slice(axes, fill(-1), fill(-(2 ** 31)), fill(-1))
  }

  matmul = (other: Value): Value => this.op('MatMul', [other])

  /** A fully connected layer on [batch, in]: `this · weightᵀ + bias`, weight [out, in] as PyTorch keeps it. */
  linear = (weight: Value, bias?: Value): Value => this.op('Gemm', [weight, bias], { transB: 1 })

  /** Convolution of [batch, in, H, W] with weight [out, in / group, kH, kW] and bias [out]. */
  conv(weight: Value, bias?: Value, { group = 1, ...window }: Window & { readonly group?: number } = {}): Value {
    return this.op('Conv', [weight, bias], { ...windowed(window), group, kernel_shape: weight.sides().slice(2) })
  }

  maxPool = (
    size: number | readonly [number, number],
    { ceil = false, ...window }: Window & { ceil?: boolean } = {},
  ): Value =>
    this.op('MaxPool', [], {
      kernel_shape: both(size),
      ...windowed({ stride: size as number, ...window }),
      ceil_mode: ceil,
    })

  averagePool = (
    size: number | readonly [number, number],
    { ceil = false, countPad = true, ...window }: Window & { ceil?: boolean; countPad?: boolean } = {},
  ): Value =>
    this.op('AveragePool', [], {
      kernel_shape: both(size),
      ...windowed({ stride: size as number, ...window }),
      ceil_mode: ceil,
      count_include_pad: countPad,
    })

  globalAveragePool = (): Value => this.op('GlobalAveragePool')
  globalMaxPool = (): Value => this.op('GlobalMaxPool')

  /** Batch normalisation with stored statistics: scale, shift, mean and variance of each channel. */
  batchNorm = (scale: Value, shift: Value, mean: Value, variance: Value, epsilon = 1e-5): Value =>
    this.op('BatchNormalization', [scale, shift, mean, variance], { epsilon })
}

const ints = (graph: Graph, value: readonly number[] | Value): Value =>
  value instanceof Value ? value : graph.constant(value, 'int64')
