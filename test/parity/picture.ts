import { fromBytes, type Image } from '@cupel/core'

/** The same picture as in make.py: shading, an edge, and texture, in whole numbers, so that both sides agree exactly. */
export function picture(width: number, height: number): Image {
  const bytes: number[] = []
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let c = 0; c < 3; c++) {
        const shade = 3 * x + (5 - 2 * c) * y + 40 * c
        const edge = 3 * x + y * (c + 1) > 2 * width ? 70 : 0
        const texture = (x * x * 7 + y * y * 13 + x * y * (3 * c + 1)) % 61
        bytes.push((shade + edge + texture) % 256)
      }
    }
  }
  return fromBytes(width, height, bytes)
}
