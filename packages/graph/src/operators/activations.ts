import { axisOf } from '../shapes.js'
import type { Value } from '../value.js'
import { type Call, type Family, flat, sameType } from './call.js'

const axisAttribute = (call: Call) => axisOf(call.int('axis', -1), call.input(0).rank)

/** Activations that mix elements, or that are compositions of simpler ones. */
export const activationFamily: Family = {
  Softmax: {
    infer: sameType,
    gradient: (call, g) => {
      const y = call.output()
      return y.mul(g.sub(g.mul(y).sum([axisAttribute(call)])))
    },
  },
  LogSoftmax: {
    infer: sameType,
    gradient: (call, g) =>
      g.sub(
        call
          .output()
          .exp()
          .mul(g.sum([axisAttribute(call)])),
      ),
  },
  Hardmax: { infer: sameType, gradient: flat },
  Gelu: {
    infer: sameType,
    expand: (call) => {
      const x = call.input(0)
      if (call.string('approximate', 'none') === 'tanh') {
        const inner = x.add(x.pow(3).mul(0.044715)).mul(Math.sqrt(2 / Math.PI))
        return x.mul(inner.tanh().add(1)).mul(0.5)
      }
      return x.mul(x.mul(Math.SQRT1_2).erf().add(1)).mul(0.5)
    },
  },
  Mish: { infer: sameType, expand: (call) => call.input(0).mul(call.input(0).softplus().tanh()) },
  HardSwish: {
    infer: sameType,
    expand: (call) => call.input(0).mul(call.input(0).op('HardSigmoid', [], { alpha: 1 / 6, beta: 0.5 })),
  },
  Shrink: {
    infer: sameType,
    gradient: (call, g) => {
      const x = call.input(0)
      const open = x.abs().greater(call.float('lambd', 0.5))
      return open.where(g, zero(g))
    },
  },
}

const zero = (like: Value) => like.graph.constant(0, like.dtype)
