import { turn } from '@cupel/core'

export interface Settings {
  readonly weight: number
  readonly tolerance: number
  readonly iterations: number
}

/** The dual field: one value for each step down and one for each step to the right. */
interface Field {
  readonly down: Float64Array
  readonly right: Float64Array
}

/** Step of the dual descent; 1 / (2 d) in d dimensions. */
const TAU = 0.25

const fieldOf = (length: number): Field => ({ down: new Float64Array(length), right: new Float64Array(length) })
const copy = ({ down, right }: Field): Field => ({ down: down.slice(), right: right.slice() })

/** u = x + div p, where (div p) of a pixel is what flows in from above and from the left less what flows out. */
function primal(x: Float32Array, { down, right }: Field, width: number, u: Float64Array): void {
  for (let start = 0; start < u.length; start += width) {
    let left = 0
    for (let i = start; i < start + width; i++) {
      const above = start > 0 ? down[i - width]! : 0
      u[i] = x[i]! + above - down[i]! + left - right[i]!
      left = right[i]!
    }
  }
}

/** One step p <- (p - tau grad u) / (1 + tau |grad u| / weight), in place; returns the total variation of u. */
function step({ down, right }: Field, u: Float64Array, width: number, weight: number): number {
  let variation = 0
  for (let start = 0; start < u.length; start += width) {
    const below = start + width < u.length ? width : 0
    const end = start + width - 1
    for (let i = start; i <= end; i++) {
      const dy = u[i + below]! - u[i]!
      const dx = i < end ? u[i + 1]! - u[i]! : 0
      const norm = Math.sqrt(dx * dx + dy * dy)
      const shrink = 1 / (1 + (TAU / weight) * norm)
      variation += norm
      down[i] = (down[i]! - TAU * dy) * shrink
      right[i] = (right[i]! - TAU * dx) * shrink
    }
  }
  return variation
}

/**
 * Chambolle's algorithm on one channel, stopped as scikit-image stops it.
 *
 * @returns the values, and after how many steps of the dual field they were taken
 */
export async function denoise(
  x: Float32Array,
  width: number,
  { weight, tolerance, iterations }: Settings,
  signal: AbortSignal,
): Promise<{ readonly values: Float64Array; readonly iterations: number }> {
  const p = fieldOf(x.length)
  const u = new Float64Array(x.length)
  let first = 0
  let before = 0
  for (let done = 0; ; done++) {
    primal(x, p, width, u)
    let energy = 0
    for (let i = 0; i < u.length; i++) energy += (u[i]! - x[i]!) * (u[i]! - x[i]!)
    energy += weight * step(p, u, width, weight)
    if (done === 0) first = energy
    else if (Math.abs(before - energy) < tolerance * first) return { values: u, iterations: done }
    if (done === iterations - 1) return { values: u, iterations: done }
    before = energy
    await turn(signal)
  }
}

/**
 * The gradient carried back through {@link denoise}, by reverse mode through every step. The steps are made again: once to
 * remember every root(n)-th field of n, and once more to remember all between two of these, 16 bytes a pixel for each.
 */
export async function denoiseAdjoint(
  x: Float32Array,
  gradient: Float32Array,
  width: number,
  weight: number,
  iterations: number,
  signal: AbortSignal,
): Promise<Float64Array> {
  const u = new Float64Array(x.length)
  /** `count` fields, each `stride` steps from the one before. */
  async function fieldsFrom(start: Field, count: number, stride: number): Promise<Field[]> {
    const fields = [start]
    while (fields.length < count) {
      const p = copy(fields.at(-1)!)
      for (let k = 0; k < stride; k++) {
        primal(x, p, width, u)
        step(p, u, width, weight)
        await turn(signal)
      }
      fields.push(p)
    }
    return fields
  }

  // With respect to x, to the dual field, and to u of the step at hand.
  const back = Float64Array.from(gradient)
  const field = fieldOf(x.length)
  const ofU = new Float64Array(gradient)
  const stride = Math.ceil(Math.sqrt(iterations))
  const kept = await fieldsFrom(fieldOf(x.length), Math.ceil(iterations / stride), stride)
  for (let end = iterations; end > 0; end = stride * kept.length) {
    const fields = await fieldsFrom(kept.pop()!, end - stride * kept.length + 1, 1)
    while (fields.length > 1) {
      const renewed = fields.pop()!
      primalAdjoint(ofU, field, width)
      primal(x, fields.at(-1)!, width, u)
      stepAdjoint(renewed, u, width, weight, field, ofU)
      for (let i = 0; i < back.length; i++) back[i]! += ofU[i]!
      await turn(signal)
    }
  }
  return back
}

/** Adds to the gradient of the field what comes through u. */
function primalAdjoint(ofU: Float64Array, { down, right }: Field, width: number): void {
  const last = ofU.length - width
  for (let i = 0; i < ofU.length; i++) {
    down[i]! += (i < last ? ofU[i + width]! : 0) - ofU[i]!
    right[i]! += ((i + 1) % width > 0 ? ofU[i + 1]! : 0) - ofU[i]!
  }
}

/**
 * Takes the gradient of the new field (`field`) to that of the old one, in place, and overwrites `ofU` with that of u.
 */
function stepAdjoint(
  renewed: Field,
  u: Float64Array,
  width: number,
  weight: number,
  field: Field,
  ofU: Float64Array,
): void {
  ofU.fill(0)
  const last = u.length - width
  for (let i = 0; i < u.length; i++) {
    const dy = i < last ? u[i + width]! - u[i]! : 0
    const dx = (i + 1) % width > 0 ? u[i + 1]! - u[i]! : 0
    const norm = Math.sqrt(dx * dx + dy * dy)
    const shrink = 1 / (1 + (TAU / weight) * norm)
    const [gy, gx] = [field.down[i]! * shrink, field.right[i]! * shrink]
    field.down[i] = gy
    field.right[i] = gx
    // p' = q shrink with q = p - tau grad u: through q, and through the norm in shrink (none where the norm is 0).
    const along = norm > 0 ? ((TAU / weight) * (gy * renewed.down[i]! + gx * renewed.right[i]!)) / norm : 0
    const [ofDy, ofDx] = [-TAU * gy - along * dy, -TAU * gx - along * dx]
    if (i < last) {
      ofU[i + width]! += ofDy
      ofU[i]! -= ofDy
    }
    if ((i + 1) % width > 0) {
      ofU[i + 1]! += ofDx
      ofU[i]! -= ofDx
    }
  }
}
