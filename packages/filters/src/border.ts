/**
 * What stands beside an image where a window runs over its edge:
 * - `reflect`: the image mirrored about its outermost pixels, which are not repeated (torch's reflect, OpenCV's REFLECT_101,
 *   scipy's mirror);
 * - `replicate`: the outermost pixels repeated (OpenCV's REPLICATE, scipy's nearest).
 */
export type Border = 'reflect' | 'replicate'

/**
 * The sample that stands at `index` of a line of `length` samples.
 *
 * @param index from -(length - 1) to 2 (length - 1), which a window of at most the line's length never leaves
 */
export function borderIndex(index: number, length: number, border: Border): number {
  if (index < 0) return border === 'reflect' ? -index : 0
  if (index >= length) return border === 'reflect' ? 2 * (length - 1) - index : length - 1
  return index
}
