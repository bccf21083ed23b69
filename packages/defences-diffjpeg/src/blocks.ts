import type { Sides } from './chroma.js'

const SIDE = 8
const AREA = SIDE * SIDE

/** cos(k pi / 16) / 2, the entries of the orthonormal DCT-II of eight samples. */
const [C1, C2, C3, C4, C5, C6, C7] = [1, 2, 3, 4, 5, 6, 7].map((k) => Math.cos((k * Math.PI) / 16) / 2) as Seven
type Seven = [number, number, number, number, number, number, number]

/** In place, the DCT of eight values `step` apart. Even coefficients see the sums of mirrored samples, odd ones the differences. */
function forward(block: Float64Array, at: number, step: number): void {
  const half = at + 4 * step
  const a = block[at]!
  const b = block[at + step]!
  const c = block[at + 2 * step]!
  const d = block[at + 3 * step]!
  const e = block[half]!
  const f = block[half + step]!
  const g = block[half + 2 * step]!
  const h = block[half + 3 * step]!
  const outer = a + h + (d + e)
  const inner = b + g + (c + f)
  const tilt = a + h - (d + e)
  const bend = b + g - (c + f)
  block[at] = C4 * (outer + inner)
  block[at + 2 * step] = C2 * tilt + C6 * bend
  block[half] = C4 * (outer - inner)
  block[half + 2 * step] = C6 * tilt - C2 * bend
  const p = a - h
  const q = b - g
  const r = c - f
  const s = d - e
  block[at + step] = C1 * p + C3 * q + C5 * r + C7 * s
  block[at + 3 * step] = C3 * p - C7 * q - C1 * r - C5 * s
  block[half + step] = C5 * p - C1 * q + C7 * r + C3 * s
  block[half + 3 * step] = C7 * p - C5 * q + C3 * r - C1 * s
}

/** In place, the inverse, which is the adjoint, of {@link forward}. */
function backward(block: Float64Array, at: number, step: number): void {
  const half = at + 4 * step
  const mean = block[at]!
  const b = block[at + step]!
  const c = block[at + 2 * step]!
  const d = block[at + 3 * step]!
  const e = block[half]!
  const f = block[half + step]!
  const g = block[half + 2 * step]!
  const h = block[half + 3 * step]!
  const tilt = C2 * c + C6 * g
  const bend = C6 * c - C2 * g
  const outer = C4 * (mean + e)
  const inner = C4 * (mean - e)
  const p = C1 * b + C3 * d + C5 * f + C7 * h
  const q = C3 * b - C7 * d - C1 * f - C5 * h
  const r = C5 * b - C1 * d + C7 * f + C3 * h
  const s = C7 * b - C5 * d + C3 * f - C1 * h
  block[at] = outer + tilt + p
  block[at + step] = inner + bend + q
  block[at + 2 * step] = inner - bend + r
  block[at + 3 * step] = outer - tilt + s
  block[half] = outer - tilt - s
  block[half + step] = inner - bend - r
  block[half + 2 * step] = inner + bend - q
  block[half + 3 * step] = outer + tilt - p
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
