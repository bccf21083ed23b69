/**
 * Where the samples come from with which a line of `side` samples is continued, on its right, to the next multiple of `multiple`: it is
 * mirrored about its outermost samples, which are not repeated, as often as it takes.
 *
 * @returns an index in 0..side - 1 for every sample of the longer line; the first `side` are their own
 */
export function mirroredTo(multiple: number, side: number): number[] {
  const period = Math.max(1, 2 * (side - 1))
  return Array.from({ length: Math.ceil(side / multiple) * multiple }, (_, i) =>
    Math.min(i % period, period - (i % period)),
  )
}
