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
    const level = Math.round(data[i]! * 255)
    if (levels[level] !== data[i]) return sortedRanks(data)
    ranks[i] = level
  }
  return { ranks, values: levels }
}

function sortedRanks(data: Float32Array): Ranks {
  const values = data
    .slice()
    .sort()
    .filter((value, i, sorted) => i === 0 || value !== sorted[i - 1])
  const ranks = new Uint32Array(data.length)
  for (let i = 0; i < data.length; i++) {
    let low = 0
    let high = values.length - 1
    while (low < high) {
      const middle = (low + high) >> 1
      if (values[middle]! < data[i]!) low = middle + 1
      else high = middle
    }
    ranks[i] = low
  }
  return { ranks, values }
}
