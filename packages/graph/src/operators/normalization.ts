import { axisOf, range } from '../shapes.js'
import type { Value } from '../value.js'
import { unbroadcast } from './adjoint.js'
import { type Call, type Family, sameType } from './call.js'

/** A vector with one element for each channel, shaped to meet x, whose channels are axis 1. */
const perChannel = (vector: Value, x: Value): Value => vector.unsqueeze([0, ...range(x.rank - 2, 2)])

/** x with mean 0 and variance 1 over some axes, the mean that was taken from it and the factor that it was scaled by. */
function standardised(x: Value, axes: readonly number[], epsilon: number): readonly [Value, Value, Value] {
  const mean = x.mean(axes)
  const centred = x.sub(mean)
  const factor = centred.mul(centred).mean(axes).add(epsilon).sqrt().reciprocal()
  return [centred.mul(factor), mean, factor]
}

/** x over a power of the mean square of its neighbours among the channels. */
function localResponse(call: Call): Value {
  const x = call.input(0)
  const size = call.int('size', 1)
  const before = Math.floor((size - 1) / 2)
  // Channels become the height of a one-channel image, whose window mean times alpha is the sum times alpha / size.
  const rows = x.mul(x).reshape([0, 0, -1]).unsqueeze([1])
  const means = rows.op('AveragePool', [], {
    kernel_shape: [size, 1],
    pads: [before, 0, size - 1 - before, 0],
    count_include_pad: 1,
  })
  const scale = means.reshape(x.sizes()).mul(call.float('alpha', 1e-4)).add(call.float('bias', 1))
  return x.div(scale.pow(call.float('beta', 0.75)))
}

export const normalizationFamily: Family = {
  BatchNormalization: {
    infer: sameType,
    gradient: (call, g) => {
      if (call.flag('training_mode'))
        throw call.error('unsupported', 'is in training mode: export the model for inference')
      const [x, scale, , mean, variance] = range(5).map((index) => call.input(index)) as [
        Value,
        Value,
        Value,
        Value,
        Value,
      ]
      const factor = variance.add(call.float('epsilon', 1e-5)).sqrt().reciprocal()
      const toScale = () =>
        unbroadcast(g.mul(x.sub(perChannel(mean, x)).mul(perChannel(factor, x))), perChannel(scale, x)).reshape([-1])
      const toShift = () => unbroadcast(g, perChannel(scale, x)).reshape([-1])
      return [
        call.needs(0) ? g.mul(perChannel(scale.mul(factor), x)) : undefined,
        call.needs(1) ? toScale() : undefined,
        call.needs(2) ? toShift() : undefined,
        call.needs(3) ? toShift().mul(scale).mul(factor).neg() : undefined,
        call.needs(4) ? toScale().mul(scale).mul(factor).mul(factor).mul(-0.5) : undefined,
      ]
    },
  },
  InstanceNormalization: {
    infer: sameType,
    expand: (call) => {
      const [x, scale, shift] = [call.input(0), call.input(1), call.input(2)]
      const [even] = standardised(x, range(x.rank - 2, 2), call.float('epsilon', 1e-5))
      return even.mul(perChannel(scale, x)).add(perChannel(shift, x))
    },
  },
  GroupNormalization: {
    infer: sameType,
    expand: (call) => {
      const [x, scale, shift] = [call.input(0), call.input(1), call.input(2)]
      const groups = call.int('num_groups')
      const [even] = standardised(x.reshape([0, groups, -1]), [2], call.float('epsilon', 1e-5))
      // In operator set 20 scale and shift have one element for each group.
      const scaled = even.mul(perChannel(scale, even)).add(perChannel(shift, even))
      return scaled.reshape(x.sizes())
    },
  },
  LayerNormalization: {
    infer: (call) => {
      const { dtype, shape } = call.input(0)
      const axis = shape && axisOf(call.int('axis', -1), shape.length)
      const kept = shape?.map((side, index) => (index < axis! ? side : 1))
      return [
        { dtype, shape },
        { dtype: 'float32', shape: kept },
        { dtype: 'float32', shape: kept },
      ]
    },
    expand: (call) => {
      const [x, scale, shift] = [call.input(0), call.input(1), call.inputs[2]]
      const axis = axisOf(call.int('axis', -1), x.rank)
      const [even, mean, factor] = standardised(x, range(x.rank - axis, axis), call.float('epsilon', 1e-5))
      const scaled = even.mul(scale)
      return [shift ? scaled.add(shift) : scaled, mean, factor]
    },
  },
  MeanVarianceNormalization: {
    infer: sameType,
    expand: (call) => {
      const x = call.input(0)
      const axes = call.ints('axes') ?? [0, 2, 3]
      const centred = x.sub(x.mean(axes))
      return centred.div(centred.mul(centred).mean(axes).sqrt().add(1e-9))
    },
  },
  LpNormalization: {
    infer: sameType,
    expand: (call) => {
      const x = call.input(0)
      const norm = x.graph.op(call.int('p', 2) === 1 ? 'ReduceL1' : 'ReduceL2', [
        x,
        x.graph.constant([axisOf(call.int('axis', -1), x.rank)], 'int64'),
      ])
      return x.div(norm)
    },
  },
  LRN: { infer: sameType, expand: localResponse },
}
