import type { Value } from '../value.js'
import { zerosLike } from './adjoint.js'
import { type Call, type Family, type Gradient, sameType } from './call.js'

/** The two ways of naming elements by indices, each with its own pair of scattering and gathering. */
interface Addressing {
  scatter(call: Call, onto: Value, updates: Value, reduction: string): Value
  gather(call: Call, from: Value): Value
}

const byElement: Addressing = {
  scatter: (call, onto, updates, reduction) =>
    call.graph.op('ScatterElements', [onto, call.input(1), updates], { axis: call.int('axis'), reduction }),
  gather: (call, from) => call.graph.op('GatherElements', [from, call.input(1)], { axis: call.int('axis') }),
}

const byTuple: Addressing = {
  scatter: (call, onto, updates, reduction) =>
    call.graph.op('ScatterND', [onto, call.input(1), updates], { reduction }),
  gather: (call, from) => call.graph.op('GatherND', [from, call.input(1)]),
}

const scattering =
  ({ scatter, gather }: Addressing): Gradient =>
  (call, g) => {
    const [data, updates] = [call.input(0), call.input(2)]
    switch (call.string('reduction', 'none')) {
      case 'none':
        return [call.needs(0) ? scatter(call, g, zerosLike(updates), 'none') : undefined, undefined, gather(call, g)]
      case 'add':
        return [g, undefined, gather(call, g)]
      case 'mul': {
        const factors = scatter(call, zerosLike(data).add(1), updates, 'mul')
        return [g.mul(factors), undefined, gather(call, g.mul(call.output())).div(updates)]
      }
      default: {
        // The largest (or smallest) of those that met in one place share the cotangent evenly.
        const stayed = data.equal(call.output()).cast(g.dtype)
        const won = updates.equal(gather(call, call.output())).cast(g.dtype)
        const share = g.div(scatter(call, stayed, won, 'add'))
        return [share.mul(stayed), undefined, gather(call, share).mul(won)]
      }
    }
  }

export const scatterFamily: Family = {
  ScatterElements: { infer: sameType, gradient: scattering(byElement) },
  ScatterND: { infer: sameType, gradient: scattering(byTuple) },
}
