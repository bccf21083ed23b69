import type { Image } from '@cupel/core'

/** Weights of R, G and B in luminance: BT.601 in 16 bits, as Pillow's convert('L') has them. They add up to 1. */
export const luminance: readonly [number, number, number] = [19595 / 65536, 38470 / 65536, 7471 / 65536]

/**
 * The gray image rounded to 8 bits, its value in all three planes: for an 8-bit image what Pillow's convert('L') gives.
 *
 * The luminance of the result is its value again, so a gradient with respect to the result is the gradient with respect to the
 * image that passes over the rounding (a straight-through estimate).
 */
export function grayRounded({ width, height, data }: Image): Image {
  const area = width * height
  const gray = new Float32Array(data.length)
  for (let i = 0; i < area; i++) {
    const y = luminance.reduce((sum, weight, channel) => sum + weight * Math.fround(255 * data[i + channel * area]!), 0)
    gray[i] = Math.floor(y + 0.5) / 255
  }
  return { width, height, data: gray.copyWithin(area, 0, area).copyWithin(2 * area, 0, area) }
}
