import type { Image } from '@cupel/core'
import { norm } from './optimisers.js'

/** Brings a perturbation p of the image x back to where it is allowed to be; the result may be p itself. */
export type Constraint = (p: Float32Array, x: Image) => Float32Array

/** |p| <= eps for every value. */
export const linfBall =
  (eps: number): Constraint =>
  (p) => {
    const out = new Float32Array(p.length)
    for (let i = 0; i < out.length; i++) out[i] = Math.min(eps, Math.max(-eps, p[i]!))
    return out
  }

/** ||p||_2 <= eps over all values; a longer p is shortened. */
export const l2Ball =
  (eps: number): Constraint =>
  (p) => {
    const length = norm(p, 2)
    return length > eps ? p.map((value) => (value * eps) / length) : p
  }

/** x + p stays within 0..1. Without it only the image that is scored is brought there, and p may lie beyond. */
export const box: Constraint = (p, { data }) => {
  const out = new Float32Array(p.length)
  for (let i = 0; i < out.length; i++) {
    const value = data[i]! + p[i]!
    out[i] = value > 1 ? 1 - data[i]! : value < 0 ? -data[i]! : p[i]!
  }
  return out
}
