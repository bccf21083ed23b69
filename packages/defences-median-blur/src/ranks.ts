/** Values by their place in order: `values[ranks[i]]` is value i, and `values` rises. */
export interface Ranks {
  readonly ranks: Uint32Array
  readonly values: Float32Array
}

/** The 256 values of an 8-bit image. */
const levels = Float32Array.from({ length: 256 }, (_, k) => k / 255)

/** The ranks of `data`, all within 0..1; those of 8-bit values need no sorting. */
export function ranksOf(data: Float32Array): Ranks {
  const ranks = new Uint32Array(data.length)
  for (let i = 0; i < data.length; i++) {
    const level = Math.floor(data[i]! * 255 + 0.5)
    if (levels[level] !== data[i]) return sortedRanks(data)
    ranks[i] = level
  }
  return { ranks, values: levels }
}

/** Bits of a digit of the radix sort, so that three make 33. */
const DIGIT = 11

/** Ranks by a radix sort: floats that are not negative are in the order of their bits. */
function sortedRanks(data: Float32Array): Ranks {
  const { length } = data
  const values = new Float32Array(length)
  // Adding 0 makes -0 one of those that are not negative.
  for (let i = 0; i < length; i++) values[i] = data[i]! + 0
  const bits = new Uint32Array(values.slice().buffer)
  let order = new Uint32Array(length)
  let next = new Uint32Array(length)
  for (let i = 0; i < length; i++) order[i] = i
  for (let shift = 0; shift < 32; shift += DIGIT) {
    const mask = (1 << DIGIT) - 1
    const start = new Uint32Array(mask + 2)
    for (let i = 0; i < length; i++) start[((bits[i]! >>> shift) & mask) + 1]!++
    for (let digit = 0; digit < mask; digit++) start[digit + 1]! += start[digit]!
    for (let k = 0; k < length; k++) {
      const i = order[k]!
      next[start[(bits[i]! >>> shift) & mask]!++] = i
    }
    ;[order, next] = [next, order]
  }
  const ranks = new Uint32Array(length)
  let rank = -1
  let last = -1
  for (let k = 0; k < length; k++) {
    const i = order[k]!
    if (bits[i] !== last) values[++rank] = data[i]! + 0
    last = bits[i]!
    ranks[i] = rank
  }
  return { ranks, values: values.subarray(0, rank + 1) }
}
