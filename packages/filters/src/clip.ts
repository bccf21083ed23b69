/** The value clipped to 0..1; NaN stays NaN. */
export const clipped = (value: number): number => (value <= 0 ? 0 : Math.min(value, 1))

/** All values {@link clipped}. */
export function clip(values: Float32Array): Float32Array {
  const out = new Float32Array(values.length)
  for (let i = 0; i < out.length; i++) out[i] = clipped(values[i]!)
  return out
}

/**
 * The derivative of {@link clip}: the gradient where the values are within 0..1, and 0 where they were clipped.
 *
 * @param values before they were clipped
 */
export function clipAdjoint(values: Float32Array, gradient: Float32Array): Float32Array {
  const out = new Float32Array(values.length)
  for (let i = 0; i < out.length; i++) if (values[i]! >= 0 && values[i]! <= 1) out[i] = gradient[i]!
  return out
}
