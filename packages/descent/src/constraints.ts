import type { Image } from '@cupel/core'
import { norm } from './optimisers.js'

/** Brings a perturbation p of the image x back to where it is allowed to be, in place. */
export type Constraint = (p: Float32Array, x: Image) => void

/** |p| <= eps for every value. */
export const linfBall =
  (eps: number): Constraint =>
  (p) => {
    for (let i = 0; i < p.length; i++) {
      const change = p[i]!
      if (change > eps) p[i] = eps
      else if (change < -eps) p[i] = -eps
    }
  }

/** ||p||_2 <= eps over all values; a longer p is shortened. */
export const l2Ball =
  (eps: number): Constraint =>
  (p) => {
    const length = norm(p, 2)
    if (length > eps) for (let i = 0; i < p.length; i++) p[i] = (p[i]! * eps) / length
  }

/** x + p stays within 0..1. Without it only the image that is scored is brought there, and p may lie beyond. */
export const box: Constraint = (p, { data }) => {
  for (let i = 0; i < p.length; i++) {
    const value = data[i]! + p[i]!
    if (value > 1) p[i] = 1 - data[i]!
    else if (value < 0) p[i] = -data[i]!
  }
}
