import { GraphError } from './errors.js'
import type { Dimension } from './model.js'

/**
 * Arithmetic of sides that may be symbols. Results are brought into one form, so that two ways to compute the same side
 * (the two branches of a residual block) give the same symbol and are known to be equal.
 */
export type Shape = readonly Dimension[]

/** `side + by`. */
export function plus(side: Dimension, by: number): Dimension {
  if (typeof side === 'number') return side + by
  const [, base, sign, old] = /^(.*?)(?:([+-])(\d+))?$/s.exec(side)!
  const sum = by + Number(`${sign ?? ''}${old ?? 0}`)
  return sum === 0 ? base! : `${base}${sum > 0 ? '+' : ''}${sum}`
}

/** `floor(side / by)`, or `ceil` of it. */
export function over(side: Dimension, by: number, ceil = false): Dimension {
  if (by === 1) return side
  if (typeof side === 'number') return ceil ? Math.ceil(side / by) : Math.floor(side / by)
  return `${ceil ? 'ceil' : 'floor'}((${side})/${by})`
}

/** `side * by`. */
export function times(side: Dimension, by: number): Dimension {
  if (typeof side === 'number') return side * by
  return by === 1 ? side : `(${side})*${by}`
}

/** The product of sides, or a symbol for it. */
export function product(sides: Shape): Dimension {
  const known = sides.reduce<number>((value, side) => (typeof side === 'number' ? value * side : value), 1)
  const symbols = sides.filter((side) => typeof side === 'string')
  if (symbols.length === 0 || known === 0) return known
  return times(symbols.length === 1 ? symbols[0]! : symbols.map((side) => `(${side})`).join('*'), known)
}

export const isStatic = (shape: Shape | undefined): shape is readonly number[] =>
  shape?.every((side) => typeof side === 'number') ?? false

export const sameShape = (a: Shape | undefined, b: Shape | undefined): boolean =>
  a !== undefined && b !== undefined && a.length === b.length && a.every((side, axis) => side === b[axis])

/** The shape that shapes broadcast to, or undefined where one is not known. */
export function broadcast(shapes: readonly (Shape | undefined)[]): Shape | undefined {
  if (shapes.some((shape) => shape === undefined)) return undefined
  const known = shapes as readonly Shape[]
  const rank = Math.max(0, ...known.map(({ length }) => length))
  return Array.from({ length: rank }, (_, axis) => {
    const sides = known.map((shape) => shape[axis - rank + shape.length] ?? 1).filter((side) => side !== 1)
    const numbers = sides.filter((side) => typeof side === 'number')
    if (new Set(numbers).size > 1) {
      throw new GraphError('shape', `shapes ${known.map((shape) => `[${shape}]`).join(' and ')} do not broadcast`)
    }
    return numbers[0] ?? sides[0] ?? 1
  })
}

/** An axis counted from the front. */
export function axisOf(axis: number, rank: number): number {
  const front = axis < 0 ? axis + rank : axis
  if (!(front >= 0 && front < rank)) throw new GraphError('shape', `there is no axis ${axis} among ${rank}`)
  return front
}

export const range = (length: number, from = 0): number[] => Array.from({ length }, (_, index) => index + from)
