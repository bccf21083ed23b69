import type { Random } from '@cupel/core'
import type { Picture, Prediction, Prior } from './prior.js'
import type { Step } from './samplers.js'

/** Where a walk ended, and its derivative. */
export interface Walked extends Picture {
  /**
   * Vector-Jacobian product with the noise held: from d L / d end to d L / d beginning. A step costs a prediction and a pullback; the
   * network's own intermediate results live for one step only. Of the n steps every root(n/2)-th picture is kept, and those of one part
   * in between are made again, with their predictions: together 2 root(2n) arrays of the size of the picture, the least that a
   * stride can give (and root(n/2) more where a variance is predicted beside the noise), and a few for the step at hand.
   *
   * Where the pictures kept along the walk would exceed its `most` bytes they are fewer, m say. Then each of the parts keeps pictures in the
   * same way while it is gone back through: m + 2 root(2n/m), for one more prediction a step.
   */
  pullback(gradient: Float32Array): Promise<Float32Array>
}

/** Steps from one kept picture to the next, s of n: n/s pictures, and s with their predictions, are fewest together for s = root(n/2). */
const strideOf = (n: number): number => Math.max(1, Math.round(Math.sqrt(n / 2)))

const drawn = (random: Random, { from }: Step, length: number): Float32Array =>
  random.fork('reverse', from.step).normals(length)

/** The standard deviation that a prior chose: the logarithm of its square is `low` at -1, `high` at 1. */
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
 * @param most bytes of the pictures that are kept along the walk, in case its derivative is asked for; at least the first is
 * @throws what `signal` was aborted with, between two steps, and between two tiles of one
 */
export async function walk(
  prior: Prior,
  steps: readonly Step[],
  picture: Picture,
  random: Random,
  signal?: AbortSignal,
  most = 2 ** 30,
): Promise<Walked> {
  const { length } = steps
  const stride = Math.max(strideOf(length), Math.ceil((length * picture.data.byteLength) / most))
  /** Steps whose pictures are all there at once, with their predictions. */
  const held = stride > strideOf(length) ? strideOf(stride) : stride
  const predicted = (from: Picture, step: Step): Promise<Prediction> => {
    signal?.throwIfAborted()
    return prior.predict(from, step.from, signal)
  }

  /** Where a path ends, and every `stride`-th picture along it. */
  async function along(path: readonly Step[], start: Picture, stride: number) {
    const kept: Picture[] = []
    let current = start
    for (const [k, step] of path.entries()) {
      if (k % stride === 0) kept.push(current)
      current = advanced(current, step, await predicted(current, step), random)
    }
    return { kept, end: current }
  }

  /** Carries a gradient back to the start of a path. */
  async function back(path: readonly Step[], start: Picture, gradient: Float32Array): Promise<Float32Array> {
    if (path.length > held) return backOver(path, (await along(path, start, held)).kept, held, gradient)
    const taken: { picture: Picture; prediction: Prediction }[] = []
    for (const [k, step] of path.entries()) {
      const last = taken.at(-1)
      const picture = last ? advanced(last.picture, path[k - 1]!, last.prediction, random) : start
      taken.push({ picture, prediction: await predicted(picture, step) })
    }
    let carried = gradient
    for (const step of path.toReversed()) {
      signal?.throwIfAborted()
      const { picture, prediction } = taken.pop()!
      carried = await retreated(prior, picture, step, prediction, carried, random, signal)
    }
    return carried
  }

  /** The same, over its parts of `stride` steps, the first pictures of which were kept. */
  async function backOver(path: readonly Step[], kept: readonly Picture[], stride: number, gradient: Float32Array) {
    let carried = gradient
    for (const [part, start] of [...kept.entries()].reverse()) {
      carried = await back(path.slice(part * stride, (part + 1) * stride), start, carried)
    }
    return carried
  }

  const { kept, end } = await along(steps, { width: picture.width, height: picture.height, data: picture.data }, stride)
  return { ...end, pullback: (gradient) => backOver(steps, kept, stride, gradient) }
}
