import type { Image } from '@cupel/core'

/**
 * Where a pixel is taken from: the four neighbours of its source place and how far it lies between them. Places
 * outside the image are brought to its border, where the flow has no effect.
 */
interface Place {
  readonly upper: number
  readonly lower: number
  readonly left: number
  readonly right: number
  readonly down: number
  readonly along: number
  /** 1 where the place moves with the flow along that axis, 0 on the border and beyond, where it is held. */
  readonly freeX: number
  readonly freeY: number
}

function place(x: number, y: number, { width, height }: Image): Place {
  const [u, v] = [Math.min(width - 1, Math.max(0, x)), Math.min(height - 1, Math.max(0, y))]
  const [left, upper] = [
    Math.min(Math.floor(u), Math.max(0, width - 2)),
    Math.min(Math.floor(v), Math.max(0, height - 2)),
  ]
  return {
    upper: upper * width,
    lower: Math.min(height - 1, upper + 1) * width,
    left,
    right: Math.min(width - 1, left + 1),
    down: v - upper,
    along: u - left,
    freeX: Number(x > 0 && x < width - 1),
    freeY: Number(y > 0 && y < height - 1),
  }
}

/**
 * The image whose pixel p is the bilinear sample of `x` at p + f(p).
 *
 * @param f two planes of the image's sides: the flow along columns, then along rows, in pixels
 */
export function warped(x: Image, f: Float32Array): Image {
  const { width, height, data } = x
  const area = width * height
  const out = new Float32Array(data.length)
  for (let i = 0; i < area; i++) {
    const at = place((i % width) + f[i]!, Math.floor(i / width) + f[area + i]!, x)
    const { upper, lower, left, right, down, along } = at
    for (let c = 0; c < data.length; c += area) {
      const above = (1 - along) * data[c + upper + left]! + along * data[c + upper + right]!
      const below = (1 - along) * data[c + lower + left]! + along * data[c + lower + right]!
      out[c + i] = Math.min(1, Math.max(0, (1 - down) * above + down * below))
    }
  }
  return { width, height, data: out }
}

/** Carries a gradient with respect to {@link warped} back to the flow. */
export function toFlow(x: Image, f: Float32Array, gradient: Float32Array): Float32Array {
  const { width, height, data } = x
  const area = width * height
  const out = new Float32Array(f.length)
  for (let i = 0; i < area; i++) {
    const at = place((i % width) + f[i]!, Math.floor(i / width) + f[area + i]!, x)
    const { upper, lower, left, right, down, along, freeX, freeY } = at
    for (let c = 0; c < data.length; c += area) {
      const [a, b] = [data[c + upper + left]!, data[c + upper + right]!]
      const [d, e] = [data[c + lower + left]!, data[c + lower + right]!]
      out[i] = out[i]! + freeX * gradient[c + i]! * ((1 - down) * (b - a) + down * (e - d))
      out[area + i] = out[area + i]! + freeY * gradient[c + i]! * ((1 - along) * (d - a) + along * (e - b))
    }
  }
  return out
}

/** Inside the roots, so that they have a slope where neighbours move alike. */
const SMALL = 1e-8

/**
 * L_flow: the sum over all pairs of neighbours p, q (four neighbours, each pair from both ends) of ||f(p) - f(q)||_2;
 * with its gradient.
 */
export function roughness(f: Float32Array, width: number, height: number): { value: number; gradient: Float32Array } {
  const area = width * height
  const gradient = new Float32Array(f.length)
  let value = 0
  const pair = (p: number, q: number): void => {
    const [du, dv] = [f[p]! - f[q]!, f[area + p]! - f[area + q]!]
    const length = Math.sqrt(du * du + dv * dv + SMALL)
    value += 2 * length
    for (const [plane, d] of [
      [0, du],
      [area, dv],
    ] as const) {
      const slope = (2 * d) / length
      gradient[plane + p] = gradient[plane + p]! + slope
      gradient[plane + q] = gradient[plane + q]! - slope
    }
  }
  for (let i = 0; i < area; i++) {
    if ((i + 1) % width !== 0) pair(i, i + 1)
    if (i + width < area) pair(i, i + width)
  }
  return { value, gradient }
}
