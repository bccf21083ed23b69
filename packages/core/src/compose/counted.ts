import type { Metric } from '../interface.js'

/** A metric that counts what is asked of it. */
export interface Counted extends Metric {
  /** Calls of `score` and of `gradient` so far. */
  readonly queries: { readonly scores: number; readonly gradients: number }
}

/** `metric`, counting its calls: the queries of an attack. */
export function counted(metric: Metric): Counted {
  const queries = { scores: 0, gradients: 0 }
  return {
    better: metric.better,
    range: metric.range,
    queries,
    score(image) {
      queries.scores++
      return metric.score(image)
    },
    ...(metric.gradient && {
      gradient(image) {
        queries.gradients++
        return metric.gradient!(image)
      },
    }),
  }
}
