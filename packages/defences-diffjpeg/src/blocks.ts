import type { Sides } from './chroma.js'

const SIDE = 8
const AREA = SIDE * SIDE

/** The orthonormal DCT-II: coefficient u from sample x at 8 u + x. */
const basis = Float64Array.from({ length: AREA }, (_, i) => {
  const [u, x] = [Math.floor(i / SIDE), i % SIDE]
  return Math.sqrt((u === 0 ? 1 : 2) / SIDE) * Math.cos(((2 * x + 1) * u * Math.PI) / (2 * SIDE))
})

/** The samples a, b, c, d of a half line, weighted by the first four entries of row u of the basis. */
const project = (u: number, a: number, b: number, c: number, d: number): number =>
  basis[8 * u]! * a + basis[8 * u + 1]! * b + basis[8 * u + 2]! * c + basis[8 * u + 3]! * d

/** In place, the DCT of eight values `step` apart. Even coefficients see the sums of mirrored samples, odd ones the differences. */
function forward(block: Float64Array, at: number, step: number): void {
  const [p, q] = [at + 4 * step, at + 7 * step]
  const [a, b, c, d] = [block[at]!, block[at + step]!, block[at + 2 * step]!, block[at + 3 * step]!]
  const [e, f, g, h] = [block[p]!, block[p + step]!, block[p + 2 * step]!, block[q]!]
  for (let u = 0; u < SIDE; u += 2) {
    block[at + u * step] = project(u, a + h, b + g, c + f, d + e)
    block[at + (u + 1) * step] = project(u + 1, a - h, b - g, c - f, d - e)
  }
}

/** In place, the inverse, which is the adjoint, of {@link forward}. */
function backward(block: Float64Array, at: number, step: number): void {
  const [p, q] = [at + 4 * step, at + 7 * step]
  const [a, b, c, d] = [block[at]!, block[at + step]!, block[at + 2 * step]!, block[at + 3 * step]!]
  const [e, f, g, h] = [block[p]!, block[p + step]!, block[p + 2 * step]!, block[q]!]
  for (let x = 0; x < 4; x++) {
    const even = basis[x]! * a + basis[16 + x]! * c + basis[32 + x]! * e + basis[48 + x]! * g
    const odd = basis[8 + x]! * b + basis[24 + x]! * d + basis[40 + x]! * f + basis[56 + x]! * h
    block[at + x * step] = even + odd
    block[at + (7 - x) * step] = even - odd
  }
}

/** Discrete cosine transform of an 8 x 8 block, in place. Orthonormal: its adjoint is {@link idct}. */
export function dct(block: Float64Array): void {
  for (let x = 0; x < SIDE; x++) forward(block, x, SIDE)
  for (let y = 0; y < SIDE; y++) forward(block, SIDE * y, 1)
}

/** The inverse of {@link dct}, in place. */
export function idct(block: Float64Array): void {
  for (let x = 0; x < SIDE; x++) backward(block, x, SIDE)
  for (let y = 0; y < SIDE; y++) backward(block, SIDE * y, 1)
}

/**
 * Takes a plane apart into 8 x 8 blocks, lets `change` work on each in place, and puts it together. The plane is continued
 * beyond its last row and column by repeating them.
 */
export function throughBlocks(
  plane: Float32Array,
  { width, height }: Sides,
  change: (block: Float64Array, index: number) => void,
): Float32Array {
  const out = new Float32Array(plane.length)
  const block = new Float64Array(AREA)
  let index = 0
  for (let top = 0; top < height; top += SIDE) {
    for (let left = 0; left < width; left += SIDE) {
      for (let y = 0; y < SIDE; y++) {
        const row = Math.min(top + y, height - 1) * width
        for (let x = 0; x < SIDE; x++) block[y * SIDE + x] = plane[row + Math.min(left + x, width - 1)]!
      }
      change(block, index++)
      const [right, bottom] = [Math.min(SIDE, width - left), Math.min(SIDE, height - top)]
      for (let y = 0; y < bottom; y++) {
        for (let x = 0; x < right; x++) out[(top + y) * width + left + x] = block[y * SIDE + x]!
      }
    }
  }
  return out
}

/** The adjoint of {@link throughBlocks} for a `change` whose adjoint is given: what fell beyond the plane is folded back. */
export function throughBlocksAdjoint(
  gradient: Float32Array,
  { width, height }: Sides,
  changeAdjoint: (block: Float64Array, index: number) => void,
): Float32Array {
  const out = new Float32Array(gradient.length)
  const block = new Float64Array(AREA)
  let index = 0
  for (let top = 0; top < height; top += SIDE) {
    for (let left = 0; left < width; left += SIDE) {
      const [right, bottom] = [Math.min(SIDE, width - left), Math.min(SIDE, height - top)]
      block.fill(0)
      for (let y = 0; y < bottom; y++) {
        for (let x = 0; x < right; x++) block[y * SIDE + x] = gradient[(top + y) * width + left + x]!
      }
      changeAdjoint(block, index++)
      for (let y = 0; y < SIDE; y++) {
        const row = Math.min(top + y, height - 1) * width
        for (let x = 0; x < SIDE; x++) out[row + Math.min(left + x, width - 1)]! += block[y * SIDE + x]!
      }
    }
  }
  return out
}
