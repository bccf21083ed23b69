import type { Dimension } from '../model.js'
import { broadcast, plus, range, times } from '../shapes.js'
import type { DType } from '../tensor.js'
import type { Type, Value } from '../value.js'
import { unbroadcast } from './adjoint.js'
import { blocked } from './blocked.js'
import type { Call, Family, Gradient, Operator } from './call.js'
import { flat } from './call.js'

/** Element by element, with broadcasting: shape of all inputs together. */
const broadcasts =
  (dtype?: 'bool') =>
  (call: Call): Type => ({
    dtype: dtype ?? call.input(0).dtype,
    shape: broadcast(call.inputs.filter((value) => value !== undefined).map(({ shape }) => shape)),
  })

/** A number as it is in a dtype. */
const rounded = (value: number, dtype: DType) =>
  dtype === 'float32' ? Math.fround(value) : dtype.includes('float') ? value : Math.trunc(value)

type Side = (a: Dimension, b: Dimension) => Dimension | undefined
const whole =
  (exact: (a: number, b: number) => number, symbolic?: (a: string, b: number) => Dimension): Side =>
  (a, b) =>
    typeof b !== 'number' ? undefined : typeof a === 'number' ? exact(a, b) : symbolic?.(a, b)

/** Broadcasting, and arithmetic on shapes where the elements are known. */
const arithmetic =
  (side: Side) =>
  (call: Call): Type => {
    const type = broadcasts()(call)
    const [a, b] = [call.known(0), call.known(1)]
    if (!a || !b || call.inputs.length > 2) return type
    const known = range(Math.min(a.length, b.length) === 0 ? 0 : Math.max(a.length, b.length)).map((index) => {
      const value = side(a[a.length === 1 ? 0 : index]!, b[b.length === 1 ? 0 : index]!)
      return typeof value === 'number' ? rounded(value, type.dtype) : value
    })
    return { ...type, known: known.every((value) => value !== undefined) ? known : undefined }
  }

/** Binary operators from the cotangents of both operands before broadcasting is undone. */
const binary =
  (
    left: (g: Value, a: Value, b: Value, y: Value) => Value,
    right: (g: Value, a: Value, b: Value, y: Value) => Value,
  ): Gradient =>
  (call, g) => {
    const [a, b] = [call.input(0), call.input(1)]
    return [
      call.needs(0) ? unbroadcast(left(g, a, b, call.output()), a) : undefined,
      call.needs(1) ? unbroadcast(right(g, a, b, call.output()), b) : undefined,
    ]
  }

/** Max and Min of several values: a tie of two shares the cotangent evenly, as in PyTorch. */
const extreme: Gradient = (call, g) => {
  const y = call.output()
  const hits = call.inputs.map((value) => value!.equal(y).cast(g.dtype))
  const share = hits.length === 1 ? g : g.div(hits.slice(1).reduce((sum, hit) => sum.add(hit), hits[0]!))
  return call.inputs.map((value, index) =>
    call.needs(index) ? unbroadcast(share.mul(hits[index]!), value!) : undefined,
  )
}

/** A comparison or a connective of booleans, decided beforehand where both operands are known. */
const compares = (decide: (a: Dimension, b: Dimension) => boolean | undefined): Operator => ({
  infer: (call) => {
    const type = broadcasts('bool')(call)
    const [a, b] = [call.known(0), call.known(1)]
    if (a?.length !== 1 || b?.length !== 1) return type
    const result = decide(a[0]!, b[0]!)
    return { ...type, known: result === undefined ? undefined : [Number(result)] }
  },
  gradient: flat,
})
const isConvolved = (value: Value) => value.graph.producer(value)?.op === 'Conv'

const ofNumbers = (decide: (a: number, b: number) => boolean) =>
  compares((a, b) => (typeof a === 'number' && typeof b === 'number' ? decide(a, b) : undefined))

export const arithmeticFamily: Family = {
  Add: {
    infer: arithmetic((a, b) => (typeof b === 'number' ? plus(a, b) : typeof a === 'number' ? plus(b, a) : undefined)),
    gradient: (call, g) => {
      const [a, b] = [call.input(0), call.input(1)]
      // Both ways around a residual block, the cotangent is read by convolutions and added to theirs.
      const shared = isConvolved(a) || isConvolved(b) ? blocked(g) : g
      return [call.needs(0) ? unbroadcast(shared, a) : undefined, call.needs(1) ? unbroadcast(shared, b) : undefined]
    },
  },
  Sub: {
    infer: arithmetic(
      whole(
        (a, b) => a - b,
        (a, b) => plus(a, -b),
      ),
    ),
    gradient: binary(
      (g) => g,
      (g) => g.neg(),
    ),
  },
  Mul: {
    infer: arithmetic((a, b) =>
      typeof b === 'number' ? times(a, b) : typeof a === 'number' ? times(b, a) : undefined,
    ),
    gradient: binary(
      (g, _a, b) => g.mul(b),
      (g, a) => g.mul(a),
    ),
  },
  Div: {
    infer: arithmetic(whole((a, b) => a / b)),
    gradient: binary(
      (g, _a, b) => g.div(b),
      (g, _a, b, y) => g.mul(y).div(b).neg(),
    ),
  },
  Mod: {
    infer: (call) => arithmetic(whole((a, b) => (call.flag('fmod') ? a % b : a - b * Math.floor(a / b))))(call),
    gradient: binary(
      (g) => g,
      // fmod truncates towards zero: d/db (a - b trunc(a / b)) = -trunc(a / b)
      (g, a, b, y) => g.mul(y.sub(a).div(b)),
    ),
  },
  Pow: {
    infer: broadcasts(),
    gradient: binary(
      (g, a, b) => {
        const factor = g.graph.tensor(b)
        if (factor?.data.length === 1) {
          const exponent = Number(factor.data[0])
          if (exponent === 0) return g.mul(0)
          if (factor.dtype === 'float32' && exponent === 2) return g.mul(a.mul(2))
          if (factor.dtype === 'float32') return g.mul(a.pow(exponent - 1).mul(exponent))
        }
        const exponent = b.cast(a.dtype)
        return exponent.equal(0).where(0, g.mul(exponent).mul(a.op('Pow', [exponent.sub(1)])))
      },
      // 0 ** b does not change with b (b > 0), though log 0 is infinite.
      (g, a, _b, y) => a.equal(0).where(0, g.mul(y).mul(a.equal(0).where(1, a).log())),
    ),
  },
  Sum: {
    infer: broadcasts(),
    gradient: (call, g) => call.inputs.map((value, index) => (call.needs(index) ? unbroadcast(g, value!) : undefined)),
  },
  Mean: {
    infer: broadcasts(),
    gradient: (call, g) => {
      const part = g.mul(1 / call.inputs.length)
      return call.inputs.map((value, index) => (call.needs(index) ? unbroadcast(part, value!) : undefined))
    },
  },
  Max: { infer: arithmetic(whole(Math.max)), gradient: extreme },
  Min: { infer: arithmetic(whole(Math.min)), gradient: extreme },
  Where: {
    infer: (call) => ({ ...broadcasts()(call), dtype: call.input(1).dtype }),
    gradient: (call, g) => {
      const zero = call.graph.constant(0, g.dtype)
      const condition = call.input(0)
      return [
        undefined,
        call.needs(1) ? unbroadcast(condition.where(g, zero), call.input(1)) : undefined,
        call.needs(2) ? unbroadcast(condition.where(zero, g), call.input(2)) : undefined,
      ]
    },
  },
  Equal: compares((a, b) => (a === b ? true : typeof a === typeof b && typeof a === 'number' ? false : undefined)),
  Greater: ofNumbers((a, b) => a > b),
  GreaterOrEqual: ofNumbers((a, b) => a >= b),
  Less: ofNumbers((a, b) => a < b),
  LessOrEqual: ofNumbers((a, b) => a <= b),
  And: ofNumbers((a, b) => a !== 0 && b !== 0),
  Or: ofNumbers((a, b) => a !== 0 || b !== 0),
  Xor: ofNumbers((a, b) => (a !== 0) !== (b !== 0)),
  BitShift: { infer: broadcasts(), gradient: flat },
  BitwiseAnd: { infer: broadcasts(), gradient: flat },
  BitwiseOr: { infer: broadcasts(), gradient: flat },
  BitwiseXor: { infer: broadcasts(), gradient: flat },
}
