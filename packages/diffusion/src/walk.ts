import type { Random } from '@cupel/core'
import type { Picture, Prediction, Prior } from './prior.js'
import type { Step } from './samplers.js'

/** Where a walk ended, and its derivative. */
export interface Walked extends Picture {
  /**
   * Vector-Jacobian product with the noise held: from d L / d end to d L / d beginning. The network's own intermediate results live for
   * one step only; of the n steps every root(n)-th picture is kept (of large ones fewer, 1 GiB together) and those in between are made again,
   * so memory is that of about 3 root(n) pictures. A step costs a prediction and a pullback.
   */
  pullback(gradient: Float32Array): Promise<Float32Array>
}

/** Bytes of the pictures that are kept along a walk, in case its derivative is asked for. */
const KEPT = 2 ** 30

const drawn = (random: Random, { from }: Step, length: number): Float32Array =>
  random.fork('reverse', from.step).normals(length)

/** The logarithm of the variance that a prior chose: `low` at -1, `high` at 1. */
const deviationOf = ([low, high]: readonly [number, number], range: number): number =>
  Math.exp((((range + 1) / 2) * high + ((1 - range) / 2) * low) / 2)

/** x' of a {@link Step}. */
function advanced(picture: Picture, step: Step, { noise, range }: Prediction, random: Random): Picture {
  const { from, variances } = step
  const { data } = picture
  const draw = step.deviation > 0 ? drawn(random, step, data.length) : undefined
  const next = new Float32Array(data.length)
  for (let i = 0; i < data.length; i++) {
    const clean = Math.min(1, Math.max(-1, (data[i]! - from.noise * noise[i]!) / from.signal))
    next[i] = step.x * data[i]! + step.clean * clean + step.noise * noise[i]!
    if (draw) next[i]! += draw[i]! * (range && variances ? deviationOf(variances, range[i]!) : step.deviation)
  }
  return { ...picture, data: next }
}

/** d L / d x of a {@link Step} from d L / d x'. */
async function retreated(
  prior: Prior,
  picture: Picture,
  step: Step,
  { noise, range }: Prediction,
  gradient: Float32Array,
  random: Random,
  signal?: AbortSignal,
): Promise<Float32Array> {
  const { from, variances } = step
  const { data } = picture
  const learnt = range && variances && step.deviation > 0
  const draw = learnt && drawn(random, step, data.length)
  const direct = new Float32Array(data.length)
  const toNoise = new Float32Array(data.length)
  const toRange = range && new Float32Array(data.length)
  for (let i = 0; i < data.length; i++) {
    const g = gradient[i]!
    const predicted = (data[i]! - from.noise * noise[i]!) / from.signal
    const toClean = Math.abs(predicted) <= 1 ? step.clean * g : 0
    direct[i] = step.x * g + toClean / from.signal
    toNoise[i] = step.noise * g - (toClean * from.noise) / from.signal
    if (draw) toRange![i] = (g * draw[i]! * deviationOf(variances!, range![i]!) * (variances![1] - variances![0])) / 4
  }
  const through = await prior.pullback(picture, from, { noise: toNoise, ...(toRange && { range: toRange }) }, signal)
  for (let i = 0; i < through.length; i++) direct[i]! += through[i]!
  return direct
}

/**
 * Walks the steps of a plan, each drawing its own noise from `random`.
 *
 * @param picture values around -1..1 with the noise of the first step's level
 * @throws what `signal` was aborted with, between two steps, and between two tiles of one
 */
export async function walk(
  prior: Prior,
  steps: readonly Step[],
  picture: Picture,
  random: Random,
  signal?: AbortSignal,
): Promise<Walked> {
  const { length } = steps
  const stride = Math.max(Math.ceil(Math.sqrt(length)), Math.ceil((length * picture.data.byteLength) / KEPT))
  const kept: Picture[] = []
  const predicted = (from: Picture, step: Step): Promise<Prediction> => {
    signal?.throwIfAborted()
    return prior.predict(from, step.from, signal)
  }
  let current: Picture = { width: picture.width, height: picture.height, data: picture.data }
  for (const [k, step] of steps.entries()) {
    if (k % stride === 0) kept.push(current)
    current = advanced(current, step, await predicted(current, step), random)
  }
  return {
    ...current,
    async pullback(gradient) {
      let back = gradient
      for (let part = kept.length - 1; part >= 0; part--) {
        const taken: { picture: Picture; step: Step; prediction: Prediction }[] = []
        let at = kept[part]!
        for (const step of steps.slice(part * stride, (part + 1) * stride)) {
          const prediction = await predicted(at, step)
          taken.push({ picture: at, step, prediction })
          at = advanced(at, step, prediction, random)
        }
        for (const one of taken.reverse()) {
          signal?.throwIfAborted()
          back = await retreated(prior, one.picture, one.step, one.prediction, back, random, signal)
        }
      }
      return back
    },
  }
}
