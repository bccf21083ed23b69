import type { Image } from '@cupel/core'

/** For every pixel of a plane, which pixel of the source stands there; -1 where none does. */
export type Sources = Int32Array

/**
 * Where the pixels of an image come from that is turned counter-clockwise about its centre by `degrees`, as seen with the
 * first row at the top. Nearest neighbour.
 */
export function rotation({ width, height }: Image, degrees: number): Sources {
  const radians = (degrees * Math.PI) / 180
  const [cos, sin] = [Math.cos(radians), Math.sin(radians)]
  const [cx, cy] = [(width - 1) / 2, (height - 1) / 2]
  const from = new Int32Array(width * height)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const u = Math.round(cos * (x - cx) - sin * (y - cy) + cx)
      const v = Math.round(sin * (x - cx) + cos * (y - cy) + cy)
      from[y * width + x] = u >= 0 && u < width && v >= 0 && v < height ? v * width + u : -1
    }
  }
  return from
}

/** The image whose pixels stand where `from` says, black where nothing does. */
export function gather({ width, height, data }: Image, from: Sources): Image {
  const area = from.length
  const out = new Float32Array(data.length)
  for (let plane = 0; plane < data.length; plane += area) {
    for (let i = 0; i < area; i++) if (from[i]! >= 0) out[plane + i] = data[plane + from[i]!]!
  }
  return { width, height, data: out }
}

/** The adjoint of {@link gather}. */
export function scatter(gradient: Float32Array, from: Sources): Float32Array {
  const area = from.length
  const out = new Float32Array(gradient.length)
  for (let plane = 0; plane < gradient.length; plane += area) {
    for (let i = 0; i < area; i++) if (from[i]! >= 0) out[plane + from[i]!]! += gradient[plane + i]!
  }
  return out
}
