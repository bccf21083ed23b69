import type { Value } from '../value.js'

// onnxruntime's CPU kernels keep feature maps in blocks of 8 or 16 channels between convolutions and a few other
// operators; everything else makes it rearrange them, there and back. The rules below stay inside where they can.

/** Whether onnxruntime has a cotangent in its blocked layout: then it comes from convolutions, and is finite. */
export function isBlocked(value: Value): boolean {
  const node = value.graph.producer(value)
  if (!node) return false
  if (node.op === 'Conv') return isBlockable(value)
  const [first, second] = node.inputs.map((name) => value.graph.value(name))
  if (node.op === 'MaxPool') return node.outputs.length === 1 && isBlockable(value)
  if (node.op === 'HardSigmoid')
    return isBlocked(first!) || /Relu|Clip|MaxPool|Conv/.test(value.graph.producer(first!)?.op ?? '')
  if (node.op === 'Add' || node.op === 'Mul') return isBlocked(first!) && isBlocked(second!)
  return false
}

/** Whether a feature map may be in the blocked layout: two spatial axes and whole blocks of channels. */
export function isBlockable({ shape, dtype }: Value): boolean {
  const channels = shape?.[1]
  return dtype === 'float32' && shape?.length === 4 && typeof channels === 'number' && channels % 16 === 0
}

/** A value in the blocked layout, by way of a pool over single elements: worth it where it is read more than once. */
export const blocked = (value: Value): Value => (isBlocked(value) || !isBlockable(value) ? value : value.maxPool(1))

/**
 * The cotangent where 0 < y (and y < `ceiling`), 0 elsewhere. Where alone lets no infinite cotangent through a 0, but it
 * takes the values out of the blocked layout; so between convolutions, whose cotangents are finite, the mask is a factor:
 * a steep line clipped to 0..1, which is 0 or 1 for every normal number.
 */
export function rectified(g: Value, y: Value, ceiling?: number): Value {
  if (isBlocked(g)) {
    const positive = g.mul(y.op('HardSigmoid', [], { alpha: 2 ** 127, beta: 0 }))
    return ceiling === undefined
      ? positive
      : positive.mul(y.op('HardSigmoid', [], { alpha: -(2 ** 100), beta: ceiling * 2 ** 100 }))
  }
  const above = y.greater(0)
  const open = ceiling === undefined ? above : above.op('And', [y.less(ceiling)])
  return open.where(g, g.graph.constant(0, g.dtype))
}
