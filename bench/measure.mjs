export const median = (values) => {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length / 2
  return (sorted[Math.ceil(middle) - 1] + sorted[Math.floor(middle)]) / 2
}

export const rounded = (value) => Number(value.toPrecision(4))

const only = process.env.CUPEL_BENCH_ONLY?.split(',')

/** Whether a subject is to be measured: those whose name is in CUPEL_BENCH_ONLY (a list with commas), or all. */
export const isWanted = (name) => only?.includes(name) ?? true

/** Milliseconds that `work` takes. */
export async function timed(work) {
  const start = performance.now()
  await work()
  return performance.now() - start
}

/**
 * Times two things in turn, so that whatever else the machine does meets both.
 *
 * @param ours, peer functions that do the work once and return its time (a number; the unit is theirs)
 * @param rounds how often; the first `warmUp` rounds do not count
 * @returns { ours, peer, ratio }: medians of the times and of the rounds' ratios
 */
export async function alternating({ ours, peer, rounds = 30, warmUp = 3 }) {
  const all = []
  for (let round = 0; round < rounds + warmUp; round++) all.push([await ours(), await peer()])
  const counted = all.slice(warmUp)
  return {
    ours: rounded(median(counted.map(([a]) => a))),
    peer: rounded(median(counted.map(([, b]) => b))),
    ratio: rounded(median(counted.map(([a, b]) => a / b))),
  }
}
