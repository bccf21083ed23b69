import {
  type Attack,
  type Attacked,
  type Context,
  CupelError,
  checkImage,
  counted,
  createRandom,
  type Defence,
  defended,
  either,
  type GradientKind,
  type Image,
  lowered,
  type Metric,
  quantised,
  type Random,
  toward,
  weakest,
} from '@cupel/core'
import type { Chosen } from '../plugins/select.js'
import type { Job, Objective } from './job.js'

/** Opens a chosen plugin; the same one is opened once and used again. */
export type Open = {
  (chosen: Chosen<'metric'>): Promise<Metric>
  (chosen: Chosen<'attack'>): Promise<Attack>
  (chosen: Chosen<'defence'>): Promise<Defence>
}

/** What some work returns, and how many milliseconds it took. */
export async function timed<T>(work: () => Promise<T>): Promise<[T, number]> {
  const start = performance.now()
  return [await work(), performance.now() - start]
}

export const sameSides = (a: Image, b: Image): boolean => a.width === b.width && a.height === b.height

/** The metric under an objective: an attack that improves this does to the metric what is wanted. */
export function objectiveOf(metric: Metric, objective: Objective): Metric {
  if (objective === 'worsen') return lowered(metric)
  if (objective.startsWith('toward=')) return toward(metric, Number(objective.slice('toward='.length)))
  return metric
}

/** A target for attacks that ask for none: reading it is their mistake. */
const noTarget: Metric = {
  better: 'higher',
  range: [0, 1],
  score: async () => {
    throw new CupelError('an attack that declares needs: "nothing" asked its target for a score')
  },
}

/** Notes the weakest kind of gradient that was handed out. */
function witnessed(metric: Metric): { metric: Metric; kind: () => GradientKind | '' } {
  let seen: GradientKind | '' = ''
  if (!metric.gradient) return { metric, kind: () => seen }
  const gradient: Metric['gradient'] = async (image) => {
    const result = await metric.gradient!(image)
    seen = weakest(...(seen ? [seen] : []), result.kind)
    return result
  }
  return { metric: { ...metric, gradient }, kind: () => seen }
}

/** Told again and again, so that the coordinator knows that work goes on. */
export type Tick = () => void

/** The metric, each use of it a sign that work goes on: an attack may take longer than a step, and be silent no longer than one. */
const watched = (metric: Metric, tick: Tick): Metric => ({
  ...metric,
  score(image) {
    tick()
    return metric.score(image)
  },
  ...(metric.gradient && {
    gradient(image: Image) {
      tick()
      return metric.gradient!(image)
    },
  }),
})

/** The target as an attacker meets it: behind the defence that he knows, each use of it a sign that work goes on. */
export async function met(
  { target, known }: Pick<Job, 'target' | 'known'>,
  random: Random,
  open: Open,
  tick: Tick,
  signal: AbortSignal,
): Promise<Metric> {
  const metric = watched(target ? await open(target) : noTarget, tick)
  if (!known) return metric
  const { defence, samples } = known
  return defended(metric, await open(defence), { random: random.fork('adaptive'), samples, signal })
}

/** What an attack needs to be known of; a {@link Job} has it all. */
export type Attempt = Pick<Job, 'attack' | 'target' | 'known' | 'objective' | 'seed'>

/**
 * Runs one attack on one image and checks what comes back.
 *
 * @param sha256 what the image is: randomness is bound to it
 * @param tick told at every query
 * @returns the attacked image as an 8-bit file would hold it, and what the attack asked, noted and took
 * @throws what the attack throws, and CupelError where its image is not one
 */
export async function runAttack(
  job: Attempt,
  source: Image,
  sha256: string,
  open: Open,
  signal: AbortSignal,
  tick: Tick = () => {},
) {
  const random = createRandom(job.seed).fork('attack', job.attack.plugin, job.attack.options, sha256)
  const calls = counted(await met(job, random, open, tick, signal))
  const { metric, kind } = witnessed(calls)
  const plain = await open(job.attack)
  const attack = job.objective === 'either' && job.target ? either(plain) : plain
  const context: Context = { random, signal }
  const [attacked, ms] = await timed<Attacked>(() => attack.run(source, objectiveOf(metric, job.objective), context))
  const what = `output of attack ${job.attack.label}`
  checkImage({ ...attacked, data: attacked.data }, what)
  if (!sameSides(attacked, source)) {
    throw new CupelError(
      `${what}: ${attacked.width} x ${attacked.height}, expected the source's ${source.width} x ${source.height}`,
    )
  }
  // What is scored and defended is what an 8-bit file would hold.
  const stored = quantised(attacked)
  return { stored, ms, calls: calls.queries, kind: kind(), notes: attacked.notes ?? {} }
}
