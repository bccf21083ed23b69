import type { Store } from '../store/store.js'
import type { Job } from '../work/job.js'

/** Mean of the numbers seen under each name, and of all. */
function averages() {
  const sums = new Map<string, { sum: number; count: number }>()
  const put = (name: string, value: number): void => {
    const { sum, count } = sums.get(name) ?? { sum: 0, count: 0 }
    sums.set(name, { sum: sum + value, count: count + 1 })
  }
  return {
    add(name: string, value: number) {
      put(name, value)
    },
    of(name: string): number | undefined {
      const found = sums.get(name)
      return found && found.sum / found.count
    },
  }
}

/**
 * How long steps will take on one core, from what steps like them took: same attack and metric, same defence, same score. Says so
 * when some of them have never been measured.
 */
export function estimate(jobs: readonly Job[], planned: readonly Job[], store: Store): string {
  const known = averages()
  for (const job of planned) {
    const attack = store.attack(job.key)
    if (attack?.ms != null) known.add(`${job.attack.key} ${job.target?.key}`, attack.ms)
    for (const { key, defence, readings } of job.assays) {
      const assay = store.assay(key)
      if (assay?.ms != null) known.add(defence.key, assay.ms)
      for (const one of readings) {
        const ms = store.reading(one.key)?.ms
        if (ms != null) known.add(one.metric.key, ms)
      }
    }
  }
  let [ms, unknown] = [0, 0]
  const count = (name: string): void => {
    const mean = known.of(name)
    if (mean === undefined) unknown++
    else ms += mean
  }
  for (const job of jobs) {
    if (!job.attacked) count(`${job.attack.key} ${job.target?.key}`)
    for (const { defence, readings } of job.assays) {
      count(defence.key)
      for (const { metric } of readings) count(metric.key)
    }
  }
  const seconds = (ms / 1000).toFixed(ms < 10_000 ? 1 : 0)
  if (unknown === 0) return `about ${seconds} s on one core`
  const measure = 'run with --limit 1 into the same folder to measure'
  return ms === 0
    ? `unknown, nothing like it was measured yet; ${measure}`
    : `at least ${seconds} s on one core; ${unknown} steps are of kinds not measured yet (${measure})`
}
