import type { Sides } from './chroma.js'

const SIDE = 8
const AREA = SIDE * SIDE

/** The orthonormal DCT-II: coefficient u from sample x at 8 u + x. */
const basis = Float64Array.from({ length: AREA }, (_, i) => {
  const [u, x] = [Math.floor(i / SIDE), i % SIDE]
  return Math.sqrt((u === 0 ? 1 : 2) / SIDE) * Math.cos(((2 * x + 1) * u * Math.PI) / (2 * SIDE))
})
const inverse = Float64Array.from(basis, (_, i) => basis[(i % SIDE) * SIDE + Math.floor(i / SIDE)]!)

const half = new Float64Array(AREA)

/** In place: block <- matrix block matrix', for the 8 x 8 block and an 8 x 8 matrix. */
function transform(block: Float64Array, matrix: Float64Array): void {
  for (let u = 0; u < SIDE; u++) {
    for (let x = 0; x < SIDE; x++) {
      let sum = 0
      for (let y = 0; y < SIDE; y++) sum += matrix[u * SIDE + y]! * block[y * SIDE + x]!
      half[u * SIDE + x] = sum
    }
  }
  for (let u = 0; u < SIDE; u++) {
    for (let v = 0; v < SIDE; v++) {
      let sum = 0
      for (let x = 0; x < SIDE; x++) sum += half[u * SIDE + x]! * matrix[v * SIDE + x]!
      block[u * SIDE + v] = sum
    }
  }
}

/** Discrete cosine transform of an 8 x 8 block and back, in place. Orthonormal, so each is the other's adjoint. */
export const dct = (block: Float64Array): void => transform(block, basis)
export const idct = (block: Float64Array): void => transform(block, inverse)

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
