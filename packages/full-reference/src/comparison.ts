import { CupelError, type Image } from '@cupel/core'

/**
 * The value of a full-reference term at (x, reference), and its derivative with respect to x, laid out as {@link
 * Image.data}.
 */
export interface TermGradient {
  readonly value: number
  readonly gradient: Float32Array
}

/** @throws {CupelError} unless the two images have the same sides */
export function checkSides(a: Image, b: Image): void {
  if (a.width !== b.width || a.height !== b.height) {
    throw new CupelError(
      `images to compare must have the same sides, found ${a.width} x ${a.height} and ${b.width} x ${b.height}; resize or register one of them first`,
    )
  }
}
