import { dtypeOf } from '../onnx/dtypes.js'
import type { DType } from '../tensor.js'
import type { Type, Value } from '../value.js'
import { unbroadcast } from './adjoint.js'
import { rectified } from './blocked.js'
import { type Call, type Family, flat, type Operator, sameType } from './call.js'
import { isPooledFrom } from './pooling.js'

/** An operator on single elements, from its derivative at x, where y is its value. */
const smooth = (derivative: (x: Value, y: Value, call: Call) => Value): Operator => ({
  infer: sameType,
  gradient: (call, g) => g.mul(derivative(call.input(0), call.output(), call)),
})

/** One that is straight on either side of a kink: the cotangent passes where `open`, times `slope` elsewhere. */
const gate = (open: (x: Value, y: Value, call: Call) => Value, slope: (call: Call) => number = () => 0): Operator => ({
  infer: sameType,
  gradient: (call, g) => {
    const factor = slope(call)
    return open(call.input(0), call.output(), call).where(
      g,
      factor === 0 ? g.graph.constant(0, g.dtype) : g.mul(factor),
    )
  },
})

/** The type of the first input, and its elements where they are known and `change` knows what becomes of them. */
const following =
  (change: (value: number) => number | undefined) =>
  (call: Call): Type => {
    const known = call.numbersIfKnown(0)?.map(change)
    return { ...sameType(call), known: known?.every((value) => value !== undefined) ? known : undefined }
  }

const constantly: Operator = { infer: sameType, gradient: flat }
const asBool: Operator = { infer: (call) => ({ ...sameType(call), dtype: 'bool' }), gradient: flat }

export const elementwiseFamily: Family = {
  Identity: { infer: (call) => call.input(0).type, gradient: (_, g) => g },
  Dropout: {
    infer: (call) => [sameType(call), { ...sameType(call), dtype: 'bool' }],
    gradient: (call, g) => {
      if (call.inputs[2])
        throw call.error(
          'unsupported',
          'may be in training mode, which has no fixed gradient: export the model for inference',
        )
      return g
    },
  },
  Neg: { infer: following((value) => -value), gradient: (_, g) => g.neg() },
  Abs: smooth((x) => x.sign()),
  Sqrt: smooth((_, y) => y.reciprocal().mul(0.5)),
  Exp: smooth((_, y) => y),
  Log: { infer: sameType, gradient: (call, g) => g.div(call.input(0)) },
  Reciprocal: smooth((_, y) => y.mul(y).neg()),
  Sin: smooth((x) => x.op('Cos')),
  Cos: smooth((x) => x.op('Sin').neg()),
  Tan: smooth((_, y) => y.mul(y).add(1)),
  Asin: smooth((x) => x.mul(x).neg().add(1).sqrt().reciprocal()),
  Acos: smooth((x) => x.mul(x).neg().add(1).sqrt().reciprocal().neg()),
  Atan: smooth((x) => x.mul(x).add(1).reciprocal()),
  Sinh: smooth((x) => x.exp().add(x.neg().exp()).mul(0.5)),
  Cosh: smooth((x) => x.exp().sub(x.neg().exp()).mul(0.5)),
  Asinh: smooth((x) => x.mul(x).add(1).sqrt().reciprocal()),
  Acosh: smooth((x) => x.mul(x).sub(1).sqrt().reciprocal()),
  Atanh: smooth((x) => x.mul(x).neg().add(1).reciprocal()),
  Tanh: smooth((_, y) => y.mul(y).neg().add(1)),
  Sigmoid: smooth((_, y) => y.mul(y.neg().add(1))),
  Erf: smooth((x) =>
    x
      .mul(x)
      .neg()
      .exp()
      .mul(2 / Math.sqrt(Math.PI)),
  ),
  Softplus: smooth((x) => x.sigmoid()),
  Softsign: smooth((x) => {
    const scale = x.abs().add(1).reciprocal()
    return scale.mul(scale)
  }),
  // At the kinks the derivatives below are PyTorch's: 0 at 0 for Relu, the slope for LeakyRelu, alpha for Elu and so on.
  Relu: {
    infer: sameType,
    gradient: (call, g) => (isPooledFrom(g, call.output()) ? g : rectified(g, call.output())),
  },
  ThresholdedRelu: gate((x, _, call) => x.greater(call.float('alpha', 1))),
  LeakyRelu: gate(
    (x) => x.greater(0),
    (call) => call.float('alpha', 0.01),
  ),
  Elu: smooth((x, y, call) => x.greater(0).where(1, y.add(call.float('alpha', 1)))),
  Celu: smooth((x, y, call) => x.greater(0).where(1, y.div(call.float('alpha', 1)).add(1))),
  Selu: smooth((x, y, call) => {
    const gamma = call.float('gamma', 1.0507010221481323)
    return x.greater(0).where(gamma, y.add(call.float('alpha', 1.6732631921768188) * gamma))
  }),
  HardSigmoid: smooth((_, y, call) =>
    y
      .greater(0)
      .op('And', [y.less(1)])
      .where(call.float('alpha', 0.2), call.graph.constant(0, y.dtype)),
  ),
  Clip: {
    infer: sameType,
    gradient: (call, g) => {
      const [x, low, high] = [call.input(0), call.inputs[1], call.inputs[2]]
      // As Relu6, whose derivative PyTorch takes as 0 at both ends; that of clamp is 1 there.
      if (call.known(1)?.[0] === 0 && call.known(2)?.[0] === 6) return rectified(g, call.output(), 6)
      const zero = g.graph.constant(0, g.dtype)
      const below = low && x.less(low)
      const above = high && x.greater(high)
      const outside = below && above ? below.op('Or', [above]) : (below ?? above)
      return [
        outside ? outside.where(zero, g) : g,
        low && call.needs(1) ? unbroadcast(below!.where(g, zero), low) : undefined,
        high && call.needs(2) ? unbroadcast(above!.where(g, zero), high) : undefined,
      ]
    },
  },
  PRelu: {
    infer: sameType,
    gradient: (call, g) => {
      const [x, slope] = [call.input(0), call.input(1)]
      const open = x.greater(0)
      return [
        call.needs(0) ? open.where(g, g.mul(slope)) : undefined,
        call.needs(1) ? unbroadcast(open.where(g.graph.constant(0, g.dtype), g.mul(x)), slope) : undefined,
      ]
    },
  },
  Cast: {
    infer: (call) => converted(call, dtypeOf(call.int('to'), `the target of Cast "${call.node.name}"`)),
    gradient: (call, g) => (isReal(call.input(0)) && isReal(g) ? g.cast(call.input(0).dtype) : undefined),
  },
  CastLike: {
    infer: (call) => converted(call, call.input(1).dtype),
    gradient: (call, g) => (isReal(call.input(0)) && isReal(g) ? g.cast(call.input(0).dtype) : undefined),
  },
  Sign: constantly,
  Floor: { infer: following(Math.floor), gradient: flat },
  Ceil: { infer: following(Math.ceil), gradient: flat },
  Round: constantly,
  BitwiseNot: constantly,
  Not: {
    infer: (call) => {
      const [element] = call.numbersIfKnown(0) ?? []
      return { ...sameType(call), dtype: 'bool', known: element === undefined ? undefined : [1 - element] }
    },
    gradient: flat,
  },
  IsNaN: asBool,
  IsInf: asBool,
}

function converted(call: Call, dtype: DType): Type {
  const { shape, known } = call.input(0).type
  const convert = (value: number) =>
    dtype === 'bool' ? Number(value !== 0) : dtype.includes('float') ? value : Math.trunc(value)
  return { dtype, shape, known: known?.map((value) => (typeof value === 'number' ? convert(value) : value)) }
}

/** Whether gradients of that value make sense. */
export const isReal = ({ dtype }: Pick<Value, 'dtype'>): boolean => dtype.includes('float')
