import { broadcast } from '../shapes.js'
import type { Type, Value } from '../value.js'
import { unbroadcast } from './adjoint.js'
import type { Call, Family } from './call.js'

function inferMatMul(call: Call): Type {
  const { dtype } = call.input(0)
  const [a, b] = [call.input(0).shape, call.input(1).shape]
  if (!a || !b) return { dtype }
  const [inner, other] = [a.at(-1), b.at(b.length === 1 ? 0 : -2)]
  if (typeof inner === 'number' && typeof other === 'number' && inner !== other) {
    throw call.error('shape', `multiplies [${a}] and [${b}], whose inner sides differ`)
  }
  const batch = broadcast([a.slice(0, -2), b.slice(0, -2)])!
  return { dtype, shape: [...batch, ...(a.length > 1 ? [a.at(-2)!] : []), ...(b.length > 1 ? [b.at(-1)!] : [])] }
}

/** Swaps the last two axes. */
const turned = (value: Value): Value => {
  const order = [...Array(value.rank).keys()]
  return value.transpose([...order.slice(0, -2), order.at(-1)!, order.at(-2)!])
}

function inferGemm(call: Call): Type {
  const [a, b] = [call.input(0).shape, call.input(1).shape]
  if (!a || !b) return { dtype: call.input(0).dtype }
  const [inner, other] = [a[call.flag('transA') ? 0 : 1], b[call.flag('transB') ? 1 : 0]]
  if (typeof inner === 'number' && typeof other === 'number' && inner !== other) {
    throw call.error('shape', `multiplies [${a}] and [${b}] (after transposing as asked), whose inner sides differ`)
  }
  return { dtype: call.input(0).dtype, shape: [a[call.flag('transA') ? 1 : 0]!, b[call.flag('transB') ? 0 : 1]!] }
}

const gemm = (a: Value, b: Value, transA: boolean, transB: boolean, alpha: number) =>
  a.graph.op('Gemm', [a, b], { transA, transB, alpha })

export const matrixFamily: Family = {
  MatMul: {
    infer: inferMatMul,
    gradient: (call, g) => {
      const [a, b] = [call.input(0), call.input(1)]
      // A vector takes part as a matrix of one row (left) or one column (right).
      const left = a.rank === 1 ? a.unsqueeze([0]) : a
      const right = b.rank === 1 ? b.unsqueeze([1]) : b
      const rows = a.rank === 1 ? g.unsqueeze([b.rank === 1 ? -1 : -2]) : g
      const full = b.rank === 1 ? rows.unsqueeze([-1]) : rows
      const toLeft = () => unbroadcast(full.matmul(turned(right)), left)
      const toRight = () => unbroadcast(turned(left).matmul(full), right)
      return [
        call.needs(0) ? (a.rank === 1 ? toLeft().squeeze([0]) : toLeft()) : undefined,
        call.needs(1) ? (b.rank === 1 ? toRight().squeeze([1]) : toRight()) : undefined,
      ]
    },
  },
  Gemm: {
    infer: inferGemm,
    gradient: (call, g) => {
      const [a, b, c] = [call.input(0), call.input(1), call.inputs[2]]
      const [ta, tb] = [call.flag('transA'), call.flag('transB')]
      const alpha = call.float('alpha', 1)
      // Y = alpha A' B' + beta C, A' and B' being A and B or their transposes.
      return [
        call.needs(0) ? (ta ? gemm(b, g, tb, true, alpha) : gemm(g, b, false, !tb, alpha)) : undefined,
        call.needs(1) ? (tb ? gemm(g, a, true, ta, alpha) : gemm(a, g, !ta, false, alpha)) : undefined,
        c && call.needs(2) ? unbroadcast(g.mul(call.float('beta', 1)), c) : undefined,
      ]
    },
  },
}
