import type { Attack, Metric } from '../interface.js'

/** The opposite objective: an attack on `lowered(metric)` worsens the metric's score. */
export const lowered = (metric: Metric): Metric => ({
  ...metric,
  better: metric.better === 'higher' ? 'lower' : 'higher',
})

/** The distance of the score to `value`, lower is better: an attack on it moves the score there. */
export function toward(metric: Metric, value: number): Metric {
  return {
    better: 'lower',
    range: [0, Math.abs(metric.range[1] - metric.range[0])],
    score: async (image) => Math.abs((await metric.score(image)) - value),
    ...(metric.gradient && {
      async gradient(image) {
        const { score, gradient, kind } = await metric.gradient!(image)
        const sign = Math.sign(score - value)
        return { score: Math.abs(score - value), gradient: gradient.map((g) => sign * g), kind }
      },
    }),
  }
}

/**
 * The attack run twice, to improve and to worsen, keeping whichever moved the score further. The distance |f(x') - f(x)| cannot
 * be attacked directly: its gradient at the source is zero.
 */
export const either = (attack: Attack): Attack => ({
  async run(image, target, context) {
    const source = await target.score(image)
    const improved = await attack.run(image, target, context)
    const worsened = await attack.run(image, lowered(target), context)
    const moved = async (attacked: typeof improved) => Math.abs((await target.score(attacked)) - source)
    const [up, down] = [await moved(improved), await moved(worsened)]
    const [best, objective] = up >= down ? [improved, 'improve'] : [worsened, 'worsen']
    return { ...best, notes: { ...best.notes, objective } }
  },
  ...(attack.dispose && { dispose: () => attack.dispose!() }),
})
