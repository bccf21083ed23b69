import type { Dimension } from '../model.js'
import { axisOf, over, range, times } from '../shapes.js'
import type { Type, Value } from '../value.js'
import { zerosLike } from './adjoint.js'
import { type Call, type Family, flat, sameType } from './call.js'

function inferGather(call: Call): Type {
  const { dtype, shape, known } = call.input(0).type
  const indices = call.input(1)
  if (!shape || !indices.shape) return { dtype }
  const axis = axisOf(call.int('axis'), shape.length)
  const picks = call.numbersIfKnown(1)
  return {
    dtype,
    shape: [...shape.slice(0, axis), ...indices.shape, ...shape.slice(axis + 1)],
    known: known && picks && shape.length === 1 ? picks.map((index) => known.at(index)!) : undefined,
  }
}

/** Swaps axis `axis` to the front (or back again with `back`). */
function fronted(value: Value, axis: number, back = false): Value {
  const rest = range(value.rank).filter((other) => other !== axis)
  const order = [axis, ...rest]
  return value.transpose(back ? order.map((_, at) => order.indexOf(at)) : order)
}

export const indexingFamily: Family = {
  Gather: {
    infer: inferGather,
    gradient: (call, g) => {
      const [x, indices] = [call.input(0), call.input(1).cast('int64')]
      const axis = axisOf(call.int('axis'), x.rank)
      const lead = range(indices.rank).map((index) => axis + index)
      // Indices first, then what each picks: ScatterND adds rows onto the axis brought to the front.
      const order = [...lead, ...range(g.rank).filter((other) => !lead.includes(other))]
      const zero = fronted(zerosLike(x), axis)
      const scattered = call.graph.op('ScatterND', [zero, indices.unsqueeze([-1]), g.transpose(order)], {
        reduction: 'add',
      })
      return [fronted(scattered, axis, true)]
    },
  },
  GatherElements: {
    infer: (call) => ({ dtype: call.input(0).dtype, shape: call.input(1).shape }),
    gradient: (call, g) => {
      const [x, indices] = [call.input(0), call.input(1)]
      return [
        call.graph.op('ScatterElements', [zerosLike(x), indices, g], { axis: call.int('axis'), reduction: 'add' }),
      ]
    },
  },
  GatherND: {
    infer: (call) => {
      const [data, indices] = [call.input(0).shape, call.input(1).shape]
      const depth = indices?.at(-1)
      const { dtype } = call.input(0)
      if (!data || !indices || typeof depth !== 'number') return { dtype }
      return { dtype, shape: [...indices.slice(0, -1), ...data.slice(call.int('batch_dims') + depth)] }
    },
    gradient: (call, g) => {
      const [x, indices] = [call.input(0), call.input(1)]
      const batch = call.int('batch_dims')
      if (batch === 0) return [call.graph.op('ScatterND', [zerosLike(x), indices, g], { reduction: 'add' })]
      // ScatterND has no batch axes: put each batch position before its indices.
      const sides = indices.sides()
      const lead = sides.slice(0, batch)
      const grid = range(batch).map((axis) => {
        const positions = call.graph.constant(range(lead[axis]!), 'int64')
        const shape = sides.slice(0, -1).map((_, other) => (other === axis ? lead[axis]! : 1))
        return positions.reshape([...shape, 1]).expand([...sides.slice(0, -1), 1])
      })
      return [
        call.graph.op('ScatterND', [zerosLike(x), call.graph.concat([...grid, indices], -1), g], { reduction: 'add' }),
      ]
    },
  },
  TopK: {
    infer: (call) => {
      const { dtype, shape } = call.input(0)
      const count = call.known(1)?.[0] ?? `${call.node.outputs[0]}.k`
      const axis = shape && axisOf(call.int('axis', -1), shape.length)
      const kept = shape?.map((side, other) => (other === axis ? count : side))
      return [
        { dtype, shape: kept },
        { dtype: 'int64', shape: kept },
      ]
    },
    gradient: (call, g) => {
      const x = call.input(0)
      return [call.graph.op('ScatterElements', [zerosLike(x), call.output(1), g], { axis: call.int('axis', -1) })]
    },
  },
  Trilu: {
    infer: sameType,
    gradient: (call, g) => call.graph.op('Trilu', [g, call.inputs[1]], { upper: call.int('upper', 1) }),
  },
  ReverseSequence: {
    infer: sameType,
    gradient: (call, g) => [
      call.graph.op('ReverseSequence', [g, call.input(1)], {
        batch_axis: call.int('batch_axis', 1),
        time_axis: call.int('time_axis', 0),
      }),
    ],
  },
  DepthToSpace: {
    infer: (call) => {
      const { dtype, shape } = call.input(0)
      const size = call.int('blocksize')
      if (!shape) return { dtype }
      const [batch, channels, height, width] = shape as readonly [Dimension, Dimension, Dimension, Dimension]
      return { dtype, shape: [batch, over(channels, size * size), times(height, size), times(width, size)] }
    },
    gradient: (call, g) => {
      const blocksize = call.int('blocksize')
      if (call.string('mode', 'DCR') === 'DCR') return g.op('SpaceToDepth', [], { blocksize })
      const [batch, channels, height, width] = call.input(0).sides() as readonly [number, number, number, number]
      const outer = channels / blocksize ** 2
      const apart = g.reshape([batch, outer, height, blocksize, width, blocksize]).transpose([0, 1, 3, 5, 2, 4])
      return apart.reshape([batch, channels, height, width])
    },
  },
  SpaceToDepth: {
    infer: (call) => {
      const { dtype, shape } = call.input(0)
      const size = call.int('blocksize')
      if (!shape) return { dtype }
      const [batch, channels, height, width] = shape as readonly [Dimension, Dimension, Dimension, Dimension]
      return { dtype, shape: [batch, times(channels, size * size), over(height, size), over(width, size)] }
    },
    gradient: (call, g) => g.op('DepthToSpace', [], { blocksize: call.int('blocksize'), mode: 'DCR' }),
  },
  OneHot: {
    infer: (call) => {
      const { shape } = call.input(0)
      const depth = call.known(1)?.[0] ?? `${call.node.outputs[0]}.depth`
      if (!shape) return { dtype: call.input(2).dtype }
      const at = axisOf(call.int('axis', -1), shape.length + 1)
      return { dtype: call.input(2).dtype, shape: [...shape.slice(0, at), depth, ...shape.slice(at)] }
    },
    // Values are the number elsewhere and the number at the index.
    gradient: (call, g) => {
      const marks = call.graph.constant([0, 1], g.dtype)
      const hot = call.graph.op('OneHot', [call.input(0), call.input(1), marks], { axis: call.int('axis', -1) })
      const on = g.mul(hot).sum().reshape([1])
      return [undefined, undefined, call.graph.concat([g.sum().reshape([1]).sub(on), on], 0)]
    },
  },
  NonZero: {
    infer: (call) => ({ dtype: 'int64', shape: [call.input(0).rank, `${call.node.outputs[0]}.count`] }),
    gradient: flat,
  },
  EyeLike: { infer: sameType, gradient: flat },
}
