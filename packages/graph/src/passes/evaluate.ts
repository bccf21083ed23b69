import type { Call } from '../operators/call.js'
import { cutsOf, positions } from '../operators/slices.js'
import { axisOf, isStatic, range } from '../shapes.js'
import { type DType, float32, numbers, sizeOf, type Tensor, type TypedArray, tensor, zeros } from '../tensor.js'

/** Computes one output of an operator from constants; undefined where numbers in JavaScript cannot tell it exactly. */
type Evaluate = (call: Call, inputs: readonly (Tensor | undefined)[], result: Result) => Tensor | undefined

interface Result {
  readonly output: number
  readonly dtype: DType
  readonly shape: readonly number[]
}

const stridesOf = (shape: readonly number[]): readonly number[] => shape.map((_, axis) => sizeOf(shape.slice(axis + 1)))

/** The sums of one offset of each axis, in row-major order. */
function sums(offsets: readonly ArrayLike<number>[]): Uint32Array {
  let list = Uint32Array.of(0)
  for (const along of offsets) {
    const next = new Uint32Array(list.length * along.length)
    let at = 0
    for (const base of list) for (let index = 0; index < along.length; index++) next[at++] = base + along[index]!
    list = next
  }
  return list
}

/** The elements at some places, in their order. */
function pick(source: Tensor, places: Uint32Array, shape: readonly number[]): Tensor {
  const result = zeros(shape, source.dtype)
  const [from, to] = [source.data as Float32Array, result.data as Float32Array]
  for (let index = 0; index < places.length; index++) to[index] = from[places[index]!]!
  return result
}

/** Where an operand has each element of the shape that it is broadcast to; undefined where that is in its own order. */
function broadcastPlaces({ shape: own }: Tensor, shape: readonly number[]): Uint32Array | undefined {
  if (sizeOf(own) === sizeOf(shape)) return undefined
  const lead = shape.length - own.length
  const strides = stridesOf(own)
  return sums(
    shape.map((side, axis) =>
      range(side).map((at) => (axis < lead || own[axis - lead] === 1 ? 0 : at * strides[axis - lead]!)),
    ),
  )
}

/** Elements as JavaScript's numbers; undefined for integers beyond their precision. */
function reals(source: Tensor): ArrayLike<number> | undefined {
  if (source.dtype === 'float16' || source.dtype === 'bfloat16') return float32(source)
  if (!source.dtype.endsWith('int64')) return source.data as Float32Array
  const values = numbers(source)
  return values.every(Number.isSafeInteger) ? values : undefined
}

/** A tensor from numbers, integers truncated; undefined where they are beyond their precision. */
function made(count: number, at: (index: number) => number, { shape, dtype }: Result): Tensor | undefined {
  if (dtype === 'float32' || dtype === 'float64') {
    const result = zeros(shape, dtype)
    for (let index = 0; index < count; index++) result.data[index] = at(index)
    return result
  }
  const values = range(count).map(at)
  if (dtype.includes('float')) return tensor(values, shape, dtype)
  const whole = values.map(Math.trunc)
  return whole.every(Number.isSafeInteger) ? tensor(whole, shape, dtype) : undefined
}

type Formula = (...operands: number[]) => number

const formulas: Readonly<Record<string, Formula>> = {
  Abs: Math.abs,
  Ceil: Math.ceil,
  Cos: Math.cos,
  Exp: Math.exp,
  Floor: Math.floor,
  Log: Math.log,
  Neg: (x) => -x!,
  Not: (x) => Number(x === 0),
  Reciprocal: (x) => 1 / x!,
  Relu: (x) => Math.max(x!, 0),
  Sigmoid: (x) => 1 / (1 + Math.exp(-x!)),
  Sign: Math.sign,
  Sin: Math.sin,
  Softplus: (x) => Math.max(x!, 0) + Math.log1p(Math.exp(-Math.abs(x!))),
  Sqrt: Math.sqrt,
  Tanh: Math.tanh,
  Add: (a, b) => a! + b!,
  Sub: (a, b) => a! - b!,
  Mul: (a, b) => a! * b!,
  Div: (a, b) => a! / b!,
  Pow: (a, b) => a! ** b!,
  Max: Math.max,
  Min: Math.min,
  Sum: (...all) => all.reduce((a, b) => a + b, 0),
  Mean: (...all) => all.reduce((a, b) => a + b, 0) / all.length,
  And: (a, b) => Number(a !== 0 && b !== 0),
  Or: (a, b) => Number(a !== 0 || b !== 0),
  Equal: (a, b) => Number(a === b),
  Greater: (a, b) => Number(a! > b!),
  GreaterOrEqual: (a, b) => Number(a! >= b!),
  Less: (a, b) => Number(a! < b!),
  LessOrEqual: (a, b) => Number(a! <= b!),
}

const elementwise =
  (formula: Formula): Evaluate =>
  (_, inputs, result) => {
    const operands = inputs.map((input) => reals(input!))
    if (operands.some((values) => !values)) return undefined
    const places = inputs.map((input) => broadcastPlaces(input!, result.shape))
    const value = (operand: number, index: number) => operands[operand]![places[operand]?.[index] ?? index]!
    const count = sizeOf(result.shape)
    if (operands.length === 1) return made(count, (index) => formula(value(0, index)), result)
    if (operands.length === 2) return made(count, (index) => formula(value(0, index), value(1, index)), result)
    return made(count, (index) => formula(...operands.map((_, operand) => value(operand, index))), result)
  }

const folds: Readonly<Record<string, (values: Float64Array) => number>> = {
  ReduceSum: (values) => values.reduce((a, b) => a + b, 0),
  ReduceMean: (values) => values.reduce((a, b) => a + b, 0) / values.length,
  ReduceMax: (values) => values.reduce((a, b) => Math.max(a, b)),
  ReduceMin: (values) => values.reduce((a, b) => Math.min(a, b)),
  ReduceProd: (values) => values.reduce((a, b) => a * b, 1),
  ReduceL1: (values) => values.reduce((sum, value) => sum + Math.abs(value), 0),
  ReduceL2: (values) => Math.sqrt(values.reduce((sum, value) => sum + value * value, 0)),
  ReduceSumSquare: (values) => values.reduce((sum, value) => sum + value * value, 0),
}

const reduction =
  (fold: (values: Float64Array) => number): Evaluate =>
  (call, [x, list], result) => {
    const values = reals(x!)
    const asked = list ? numbers(list) : []
    if (!values || values.length === 0 || (asked.length === 0 && call.flag('noop_with_empty_axes'))) return undefined
    const rank = x!.shape.length
    const axes = asked.length === 0 ? range(rank) : asked.map((axis) => axisOf(axis, rank))
    const strides = stridesOf(x!.shape)
    const along = (kept: boolean) =>
      sums(
        range(rank)
          .filter((axis) => axes.includes(axis) !== kept)
          .map((axis) => range(x!.shape[axis]!).map((at) => at * strides[axis]!)),
      )
    const [starts, group] = [along(true), along(false)]
    const gathered = new Float64Array(group.length)
    return made(
      starts.length,
      (index) => {
        for (let at = 0; at < group.length; at++) gathered[at] = values[starts[index]! + group[at]!]!
        return fold(gathered)
      },
      result,
    )
  }

/** Operators that give elements of their first input other places: for each axis of the result, what it adds to the place. */
const layouts: Readonly<
  Record<string, (call: Call, inputs: readonly (Tensor | undefined)[], result: Result) => readonly number[][]>
> = {
  Transpose: (call, [x]) => {
    const strides = stridesOf(x!.shape)
    const order = call.ints('perm') ?? range(strides.length).reverse()
    return order.map((axis) => range(x!.shape[axis]!).map((at) => at * strides[axis]!))
  },
  Slice: (call, [x]) => {
    const strides = stridesOf(x!.shape)
    const cuts = cutsOf(call)!
    return x!.shape.map((side, axis) => {
      const cut = cuts.find((other) => other.axis === axis)
      const { first, count } = cut ? positions(side, cut)! : { first: 0, count: side }
      return range(count).map((at) => (first + at * (cut?.step ?? 1)) * strides[axis]!)
    })
  },
  Gather: (call, [x, indices]) => {
    const strides = stridesOf(x!.shape)
    const axis = axisOf(call.int('axis'), strides.length)
    const wrapped = numbers(indices!).map((at) => (at < 0 ? at + x!.shape[axis]! : at))
    return x!.shape.map((side, other) => (other === axis ? wrapped : range(side)).map((at) => at * strides[other]!))
  },
  Split: (call, [x], { output, shape }) => {
    const strides = stridesOf(x!.shape)
    const axis = axisOf(call.int('axis'), strides.length)
    const before = range(output).reduce((sum, index) => sum + call.output(index).sides()[axis]!, 0)
    return shape.map((side, other) => range(side).map((at) => (other === axis ? at + before : at) * strides[other]!))
  },
  Tile: (_, [x], { shape }) => {
    const strides = stridesOf(x!.shape)
    return shape.map((side, axis) => range(side).map((at) => (at % x!.shape[axis]!) * strides[axis]!))
  },
}

/** Products of matrices that take more multiplications are left to the runtime. */
const mostProducts = 2 ** 24

const view: Evaluate = (_, [x], { shape }) => ({ ...x!, shape })

const evaluators: Readonly<Record<string, Evaluate>> = {
  ...Object.fromEntries(Object.entries(formulas).map(([op, formula]) => [op, elementwise(formula)])),
  ...Object.fromEntries(Object.entries(folds).map(([op, fold]) => [op, reduction(fold)])),
  ...Object.fromEntries(
    Object.entries(layouts).map(([op, offsets]): [string, Evaluate] => [
      op,
      (call, inputs, result) => pick(inputs[0]!, sums(offsets(call, inputs, result)), result.shape),
    ]),
  ),
  Reshape: view,
  Flatten: view,
  Squeeze: view,
  Unsqueeze: view,
  Expand: (_, [x], { shape }) => {
    const places = broadcastPlaces(x!, shape)
    return places ? pick(x!, places, shape) : { ...x!, shape }
  },
  Cast: (_, [x], result) => {
    const values = reals(x!)
    const bool = result.dtype === 'bool'
    return values && made(values.length, (index) => (bool ? Number(values[index] !== 0) : values[index]!), result)
  },
  Clip: (_, [x, low, high], result) => {
    const [values, floor, ceiling] = [
      reals(x!),
      low ? numbers(low)[0]! : -Infinity,
      high ? numbers(high)[0]! : Infinity,
    ]
    return values && made(values.length, (index) => Math.min(Math.max(values[index]!, floor), ceiling), result)
  },
  Where: (_, inputs, { shape, dtype }) => {
    const [condition, yes, no] = inputs.map((input) => input!.data as Float32Array)
    const places = inputs.map((input) => broadcastPlaces(input!, shape))
    const result = zeros(shape, dtype)
    const data = result.data as Float32Array
    for (let index = 0; index < data.length; index++) {
      const at = (operand: number) => places[operand]?.[index] ?? index
      data[index] = condition![at(0)] ? yes![at(1)]! : no![at(2)]!
    }
    return result
  },
  Concat: (call, inputs, { shape, dtype }) => {
    const result = zeros(shape, dtype)
    const axis = axisOf(call.int('axis'), shape.length)
    const row = sizeOf(shape.slice(axis))
    let start = 0
    for (const part of inputs) {
      const length = sizeOf(part!.shape.slice(axis))
      for (let outer = 0; outer < sizeOf(shape.slice(0, axis)); outer++) {
        const block = part!.data.subarray(outer * length, (outer + 1) * length) as TypedArray
        ;(result.data as Float32Array).set(block as Float32Array, outer * row + start)
      }
      start += length
    }
    return result
  },
  MatMul: (_, [a, b], result) => {
    const [left, right] = [reals(a!), reals(b!)]
    if (!left || !right || a!.shape.length > 2 || b!.shape.length > 2) return undefined
    const inner = a!.shape.at(-1)!
    const columns = b!.shape.length === 1 ? 1 : b!.shape[1]!
    if (sizeOf(result.shape) * inner > mostProducts) return undefined
    const rowTimesColumn = (index: number) => {
      const [row, column] = [Math.floor(index / columns), index % columns]
      let sum = 0
      for (let at = 0; at < inner; at++) sum += left[row * inner + at]! * right[at * columns + column]!
      return sum
    }
    return made(sizeOf(result.shape), rowTimesColumn, result)
  },
  ConstantOfShape: (call, _, { shape, dtype }) => {
    const value = call.tensor('value')
    return value ? pick(value, new Uint32Array(sizeOf(shape)), shape) : zeros(shape, dtype)
  },
  Range: (_, [from, , step], result) => {
    const [start, by] = [reals(from!)?.[0], reals(step!)?.[0]]
    if (start === undefined || by === undefined) return undefined
    return made(sizeOf(result.shape), (index) => start + index * by, result)
  },
}

/** Whether outputs of that operator can be computed here. */
export const isEvaluated = (op: string): boolean => op in evaluators

/** One output of a call from the tensors of its inputs; undefined where it cannot be computed exactly enough. */
export function evaluate(call: Call, inputs: readonly (Tensor | undefined)[], output: number): Tensor | undefined {
  const { dtype, shape } = call.output(output)
  if (!isStatic(shape)) return undefined
  return evaluators[call.node.op]?.(call, inputs, { output, dtype, shape })
}
