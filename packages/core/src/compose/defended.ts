import { weakest } from '../gradient.js'
import { digest, type Image } from '../image.js'
import type { Context, Defence, Metric, ScoreGradient } from '../interface.js'
import { createRandom, type Random } from '../random.js'
import { pull } from './pull.js'

export interface DefendedOptions {
  /** Where the draws of a random defence come from; seed 0 unless told. */
  readonly random?: Random
  /** Draws a score or gradient is the mean of (expectation over transformation, EOT); 1 unless told. */
  readonly samples?: number
  readonly signal?: AbortSignal
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length

/**
 * A metric behind a defence, itself a metric: what an adaptive attack is run against. Scores and gradients are means over
 * `samples` draws, each fixed by `random`, the image's own values and its number, so that they do not depend on the order of calls.
 * The gradient's kind is the weakest of the metric's and of the pullbacks'.
 */
export function defended(metric: Metric, defence: Defence, options: DefendedOptions = {}): Metric {
  const { random = createRandom(0), samples = 1, signal = new AbortController().signal } = options

  const draws = (image: Image): Context[] => {
    const own = random.fork('defended', digest(image))
    return Array.from({ length: samples }, (_, k) => ({ random: own.fork(k), signal }))
  }

  async function score(image: Image): Promise<number> {
    const scores: number[] = []
    for (const draw of draws(image)) scores.push(await metric.score(await defence.purify(image, draw)))
    return mean(scores)
  }

  async function gradient(image: Image): Promise<ScoreGradient> {
    const sum = new Float32Array(image.data.length)
    const each: ScoreGradient[] = []
    for (const draw of draws(image)) {
      const purified = await defence.purify(image, draw)
      const inner = await metric.gradient!(purified)
      const back = await pull(image, purified, inner.gradient)
      for (let i = 0; i < sum.length; i++) sum[i] = sum[i]! + back.gradient[i]! / samples
      each.push({ ...inner, kind: weakest(inner.kind, back.kind) })
    }
    return { score: mean(each.map((one) => one.score)), gradient: sum, kind: weakest(...each.map((one) => one.kind)) }
  }

  return { better: metric.better, range: metric.range, score, ...(metric.gradient && { gradient }) }
}
