import type { Image } from '@cupel/core'

/** One channel of an image: rows of double-precision values. */
export interface Plane {
  readonly width: number
  readonly height: number
  readonly data: Float64Array
}

/** Weights of R, G and B as MATLAB's rgb2gray has them: the first row of the inverse of NTSC's matrix. */
const weights = [0.298936021293775, 0.587043074451121, 0.114020904255103] as const

/** The luminance in whole 8-bit levels, 0..255, as MATLAB's rgb2gray gives it for an 8-bit image. */
export function gray({ width, height, data }: Image): Plane {
  const area = width * height
  const out = new Float64Array(area)
  const [red, green, blue] = weights
  for (let i = 0; i < area; i++) {
    // 255 * (k / 255) in single precision is k again: the values of an 8-bit image are whole.
    const r = Math.fround(255 * data[i]!)
    const g = Math.fround(255 * data[i + area]!)
    const b = Math.fround(255 * data[i + 2 * area]!)
    out[i] = Math.floor(red * r + green * g + blue * b + 0.5)
  }
  return { width, height, data: out }
}

/** The part of a plane that begins at (left, top). */
export function cropped(plane: Plane, left: number, top: number, width: number, height: number): Plane {
  const data = new Float64Array(width * height)
  for (let y = 0; y < height; y++) {
    const from = (top + y) * plane.width + left
    data.set(plane.data.subarray(from, from + width), y * width)
  }
  return { width, height, data }
}
