import { axisOf, range } from '../shapes.js'
import type { Type, Value } from '../value.js'
import { zerosLike } from './adjoint.js'
import type { Call, Family } from './call.js'

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
      const [x, indices] = [call.input(0), call.input(1)]
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
}
