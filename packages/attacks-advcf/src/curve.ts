import type { Image } from '@cupel/core'

/** Linear pieces of a curve. */
export const K = 64

/**
 * Which piece a value falls into, and how far along it, 0..1. The last piece includes 1.
 *
 * @param value within 0..1
 */
function place(value: number): { piece: number; along: number } {
  const piece = Math.min(K - 1, Math.floor(value * K))
  return { piece, along: value * K - piece }
}

const sums = (theta: Float32Array): number[] =>
  [0, 1, 2].map((c) => theta.subarray(c * K, (c + 1) * K).reduce((sum, value) => sum + value, 0))

/**
 * The colour filter F(x) = sum_i theta_i clip(x - i / K, 0, 1 / K) K / sum_i theta_i of each channel: a curve from 0
 * to 1, monotone because theta >= 0, and the identity when all theta of the channel are equal.
 *
 * @param theta three times K slopes, none negative, some positive in each channel
 */
export function filtered({ width, height, data }: Image, theta: Float32Array): Image {
  const area = width * height
  const out = new Float32Array(data.length)
  for (const [c, sum] of sums(theta).entries()) {
    const before = new Float64Array(K)
    for (let i = 1; i < K; i++) before[i] = before[i - 1]! + theta[c * K + i - 1]!
    for (let i = c * area; i < (c + 1) * area; i++) {
      const { piece, along } = place(data[i]!)
      out[i] = Math.min(1, (before[piece]! + along * theta[c * K + piece]!) / sum)
    }
  }
  return { width, height, data: out }
}

/**
 * Carries a gradient with respect to F(x) back to theta: dF / dtheta_i = (K clip(x - i / K, 0, 1 / K) - F(x)) / sum_i
 * theta_i.
 *
 * @param gradient laid out as the image's data
 * @returns laid out as theta
 */
export function toTheta({ width, height, data }: Image, theta: Float32Array, gradient: Float32Array): Float32Array {
  const area = width * height
  const out = new Float32Array(theta.length)
  for (const [c, sum] of sums(theta).entries()) {
    // Of the gradient at values inside piece i: its sum, and its sum weighted by how far along the value is.
    const inside = new Float64Array(K)
    const partial = new Float64Array(K)
    for (let i = c * area; i < (c + 1) * area; i++) {
      const { piece, along } = place(data[i]!)
      inside[piece] = inside[piece]! + gradient[i]!
      partial[piece] = partial[piece]! + gradient[i]! * along
    }
    // Values above piece i passed it whole.
    const clipped = new Float64Array(K)
    let above = 0
    for (let i = K - 1; i >= 0; i--) {
      clipped[i] = above + partial[i]!
      above += inside[i]!
    }
    const byF = clipped.reduce((total, value, i) => total + (theta[c * K + i]! * value) / sum, 0)
    for (let i = 0; i < K; i++) out[c * K + i] = (clipped[i]! - byF) / sum
  }
  return out
}

/**
 * The adjustment sum_c sum_i (theta_i / sum_i theta_i - 1 / K)^2: how far the curves are from the identity; with its
 * gradient.
 */
export function adjustment(theta: Float32Array): { value: number; gradient: Float32Array } {
  const gradient = new Float32Array(theta.length)
  let value = 0
  for (const [c, sum] of sums(theta).entries()) {
    const off = Float64Array.from(theta.subarray(c * K, (c + 1) * K), (slope) => slope / sum - 1 / K)
    value += off.reduce((total, d) => total + d * d, 0)
    const common = off.reduce((total, d, i) => total + (2 * d * theta[c * K + i]!) / sum, 0)
    for (let i = 0; i < K; i++) gradient[c * K + i] = (2 * off[i]! - common) / sum
  }
  return { value, gradient }
}
