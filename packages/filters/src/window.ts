import { z } from '@cupel/core'

/** The option every windowed filter has: the side of its window. */
export const windowSize = (standard: number) =>
  z
    .int()
    .min(1)
    .max(255)
    .refine((size) => size % 2 === 1, 'expected an odd number')
    .default(standard)
    .describe('side k of the window in pixels, odd; a window larger than the image becomes its side')

/** The greatest odd window of at most `size` samples that a side of `side` samples holds. */
export function fittedWindow(size: number, side: number): number {
  const most = Math.min(size, side)
  return most % 2 === 1 ? most : most - 1
}
