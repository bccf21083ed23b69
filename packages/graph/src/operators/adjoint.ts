import type { Shape } from '../shapes.js'
import { isStatic, range, sameShape } from '../shapes.js'
import type { Value } from '../value.js'

/** Sums a cotangent over the axes along which `to` was broadcast: the adjoint of broadcasting `to`. */
export function unbroadcast(cotangent: Value, to: Value): Value {
  if (sameShape(cotangent.shape, to.shape)) return cotangent
  const inner = to.shape
  const outer = cotangent.shape
  if (!inner || !outer) {
    to.sides() // says what is missing
    return cotangent.sides() && cotangent
  }
  const lead = outer.length - inner.length
  const stretched = range(inner.length).filter((axis) => inner[axis] === 1 && outer[axis + lead] !== 1)
  const unclear = range(inner.length).some((axis) => inner[axis] !== 1 && inner[axis] !== outer[axis + lead])
  if (unclear) {
    to.sides()
    cotangent.sides()
  }
  return cotangent.sum([...range(lead), ...stretched.map((axis) => axis + lead)]).squeeze(range(lead))
}

/** Zeros of the shape and dtype of a value. */
export function zerosLike(value: Value): Value {
  return value.graph.constant(0, value.dtype).expand(value.sizes())
}

/** Reshapes to the shape of another value. */
export function reshapeLike(value: Value, like: Value): Value {
  if (sameShape(value.shape, like.shape)) return value
  // Without elements a 0 in the shape is a length, not ONNX's "as it was".
  if (like.shape?.includes(0)) return value.op('Reshape', [like.sizes()], { allowzero: 1 })
  return value.reshape(shapeOperand(like.shape) ?? like.sizes())
}

function shapeOperand(shape: Shape | undefined): readonly number[] | undefined {
  if (!shape) return undefined
  if (isStatic(shape)) return shape
  const open = shape.filter((side) => typeof side === 'string')
  return open.length === 1 ? shape.map((side) => (typeof side === 'string' ? -1 : side)) : undefined
}
