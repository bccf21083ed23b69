/** The sides of a plane. */
export interface Sides {
  readonly width: number
  readonly height: number
}

/** The sides of a plane at half resolution. */
export const halved = ({ width, height }: Sides): Sides => ({
  width: Math.ceil(width / 2),
  height: Math.ceil(height / 2),
})

/** The mean of every 2 x 2 pixels; an odd last row or column counts twice. */
export function shrink(plane: Float32Array, { width, height }: Sides): Float32Array {
  const { width: w, height: h } = halved({ width, height })
  const out = new Float32Array(w * h)
  for (let y = 0; y < h; y++) {
    const top = 2 * y * width
    const bottom = Math.min(2 * y + 1, height - 1) * width
    for (let x = 0; x < w; x++) {
      const left = 2 * x
      const right = Math.min(left + 1, width - 1)
      out[y * w + x] =
        0.25 * (plane[top + left]! + plane[top + right]! + plane[bottom + left]! + plane[bottom + right]!)
    }
  }
  return out
}

/** The adjoint of {@link shrink}. */
export function shrinkAdjoint(gradient: Float32Array, { width, height }: Sides): Float32Array {
  const { width: w, height: h } = halved({ width, height })
  const out = new Float32Array(width * height)
  for (let y = 0; y < 2 * h; y++) {
    const row = Math.min(y, height - 1) * width
    for (let x = 0; x < 2 * w; x++) out[row + Math.min(x, width - 1)]! += 0.25 * gradient[(y >> 1) * w + (x >> 1)]!
  }
  return out
}

/** For each of `length` samples at full resolution: its own half-resolution sample and the neighbour on its side of it. */
function neighbours(length: number): { near: Int32Array; far: Int32Array } {
  const last = Math.ceil(length / 2) - 1
  const near = Int32Array.from({ length }, (_, i) => i >> 1)
  const far = near.map((at, i) => Math.min(last, Math.max(0, i % 2 === 0 ? at - 1 : at + 1)))
  return { near, far }
}

/** Doubles the resolution by the triangle filter of libjpeg: 3/4 of the own sample, 1/4 of the neighbour, in both directions. */
export function grow(plane: Float32Array, { width, height }: Sides): Float32Array {
  const w = Math.ceil(width / 2)
  const across = neighbours(width)
  const down = neighbours(height)
  const line = new Float64Array(w)
  const out = new Float32Array(width * height)
  for (let y = 0; y < height; y++) {
    const [near, far] = [down.near[y]! * w, down.far[y]! * w]
    for (let x = 0; x < w; x++) line[x] = 0.75 * plane[near + x]! + 0.25 * plane[far + x]!
    for (let x = 0; x < width; x++) out[y * width + x] = 0.75 * line[across.near[x]!]! + 0.25 * line[across.far[x]!]!
  }
  return out
}

/** The adjoint of {@link grow}. */
export function growAdjoint(gradient: Float32Array, { width, height }: Sides): Float32Array {
  const { width: w, height: h } = halved({ width, height })
  const across = neighbours(width)
  const down = neighbours(height)
  const line = new Float64Array(w)
  const out = new Float32Array(w * h)
  for (let y = 0; y < height; y++) {
    line.fill(0)
    for (let x = 0; x < width; x++) {
      const value = gradient[y * width + x]!
      line[across.near[x]!]! += 0.75 * value
      line[across.far[x]!]! += 0.25 * value
    }
    const [near, far] = [down.near[y]! * w, down.far[y]! * w]
    for (let x = 0; x < w; x++) {
      out[near + x]! += 0.75 * line[x]!
      out[far + x]! += 0.25 * line[x]!
    }
  }
  return out
}
