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
  for (let i = 0; i < area; i++) {
    // 255 * (k / 255) in single precision is k again: the values of an 8-bit image are whole.
    const level = (channel: number) => Math.fround(255 * data[i + channel * area]!)
    out[i] = Math.floor(weights[0] * level(0) + weights[1] * level(1) + weights[2] * level(2) + 0.5)
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
