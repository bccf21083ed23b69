import type { Dimension } from '../model.js'
import { isStatic, range, sameShape } from '../shapes.js'
import type { Value } from '../value.js'
import { unbroadcast } from './adjoint.js'
import type { Call, Family } from './call.js'

interface Equation {
  readonly operands: readonly string[]
  readonly result: string
}

// Letters that stand for the axes of an ellipsis, counted from the last.
const hidden = [...'ZYXWVUTSRQ']

/** The equation with every axis a letter of its own, also those of an ellipsis and of an implied result. */
function equationOf(call: Call): Equation {
  const [left = '', right] = call.string('equation').replaceAll(' ', '').split('->')
  const terms = left.split(',')
  const extra = terms.map((term, index) => (term.includes('...') ? call.input(index).rank - (term.length - 3) : 0))
  const named = (term: string, count: number) => term.replace('...', hidden.slice(0, count).reverse().join(''))
  const operands = terms.map((term, index) => named(term, extra[index]!))
  const letters = [...left.replaceAll(/[.,]/g, '')]
  const once = [...new Set(letters)].filter((letter) => letters.indexOf(letter) === letters.lastIndexOf(letter)).sort()
  const implied = (left.includes('...') ? '...' : '') + once.join('')
  return { operands, result: named(right ?? implied, Math.max(...extra)) }
}

function sidesOf(call: Call, { operands }: Equation): ReadonlyMap<string, Dimension> | undefined {
  const sides = new Map<string, Dimension>()
  for (const [index, term] of operands.entries()) {
    const { shape } = call.input(index)
    if (!shape) return undefined
    for (const [axis, letter] of [...term].entries()) {
      if (!sides.has(letter) || sides.get(letter) === 1) sides.set(letter, shape[axis]!)
    }
  }
  return sides
}

export const einsumFamily: Family = {
  Einsum: {
    infer: (call) => {
      const { dtype } = call.input(0)
      if (call.inputs.some((value) => !value?.shape)) return { dtype }
      const equation = equationOf(call)
      const sides = sidesOf(call, equation)
      return { dtype, shape: sides && [...equation.result].map((letter) => sides.get(letter)!) }
    },
    gradient: (call, g) => {
      const equation = equationOf(call)
      const { operands, result } = equation
      const sides = sidesOf(call, equation)!
      return operands.map((term, index) => {
        if (!call.needs(index)) return undefined
        const others = range(operands.length).filter((other) => other !== index)
        const terms = [result, ...others.map((other) => operands[other]!)]
        // Letters of this operand alone were summed: the cotangent is the same all along them.
        const found = [...new Set(term)].filter((letter) => terms.some((other) => other.includes(letter)))
        const values = [g, ...others.map((other) => call.input(other))]
        const part = call.graph.op('Einsum', values, { equation: `${terms.join(',')}->${found.join('')}` })
        // An axis of length 1 in the others is the same all along this one.
        const lengths = found.map((letter) => sides.get(letter)!)
        const full = sameShape(part.shape, lengths) || !isStatic(lengths) ? part : part.expand(lengths)
        return spread(full, term, found, call.input(index), sides)
      })
    },
  },
}

/** A cotangent by the letters found in it, along all axes of the operand, of which only the diagonal counts where letters repeat. */
function spread(
  part: Value,
  term: string,
  found: readonly string[],
  like: Value,
  sides: ReadonlyMap<string, Dimension>,
): Value {
  const letters = [...term]
  const extra = letters.flatMap((letter, axis) =>
    found.includes(letter) && letters.indexOf(letter) === axis ? [] : [axis],
  )
  const shape = letters.map((letter) => sides.get(letter) as number)
  const whole = extra.length > 0 ? part.unsqueeze(extra).expand(shape) : part
  const masked = letters.reduce((value, letter, axis) => {
    const first = letters.indexOf(letter)
    return first === axis ? value : value.mul(diagonal(value, first, axis, shape[axis]!))
  }, whole)
  return unbroadcast(masked, like)
}

/** 1 where the positions along two axes are equal, 0 elsewhere. */
function diagonal(value: Value, first: number, second: number, side: number): Value {
  const positions = value.graph.constant(range(side), 'int64')
  const along = (axis: number) => positions.reshape(range(value.rank).map((other) => (other === axis ? side : 1)))
  return along(first).equal(along(second)).cast(value.dtype)
}
