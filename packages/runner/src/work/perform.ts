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
  digest,
  either,
  type GradientKind,
  type Image,
  isUnavailable,
  lowered,
  type Metric,
  type Purified,
  quantised,
  resize,
  toward,
  weakest,
} from '@cupel/core'
import { l2, linf, rmse, ssim } from '@cupel/full-reference'
import { encodePng, readImage } from '@cupel/image'
import type { Chosen } from '../plugins/select.js'
import type { Status } from '../rows.js'
import type { Assay, AssayRecord, AttackRecord, Distance, Job, Message, Objective, ReadingRecord } from './job.js'

/** Opens a chosen plugin; the same one is opened once and used again. */
export type Open = {
  (chosen: Chosen<'metric'>): Promise<Metric>
  (chosen: Chosen<'attack'>): Promise<Attack>
  (chosen: Chosen<'defence'>): Promise<Defence>
}

const ended = (status: Status, reason = '') => ({ status, reason })

/** A failure is a status with a reason, never a number. */
function failure(error: unknown): { status: Status; reason: string } {
  if (process.env.CUPEL_DEBUG && error instanceof Error) console.error(error.stack)
  const message = error instanceof Error ? error.message || error.name : String(error)
  return ended(isUnavailable(error) ? 'n/a' : 'failed', message)
}

async function timed<T>(work: () => Promise<T>): Promise<[T, number]> {
  const start = performance.now()
  return [await work(), performance.now() - start]
}

const distance = (image: Image, reference: Image): Distance => ({
  ssim: ssim(image, reference),
  mse: rmse(image, reference) ** 2,
  linf: linf(image, reference),
  l2: l2(image, reference),
})

const sameSides = (a: Image, b: Image): boolean => a.width === b.width && a.height === b.height

function checkScore(score: number, metric: string): number {
  if (Number.isFinite(score)) return score
  throw new CupelError(`metric ${metric} returned ${score}, expected a finite number`)
}

/** The metric as the attacker sees it: behind the defence he knows, under the objective he has, its calls counted. */
function objectiveOf(metric: Metric, objective: Objective): Metric {
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

async function attackStep(job: Job, source: Image, open: Open, signal: AbortSignal) {
  const random = createRandom(job.seed).fork('attack', job.attack.plugin, job.attack.options, job.image.sha256)
  let target = job.target ? await open(job.target) : noTarget
  if (job.known) {
    const { defence, samples } = job.known
    target = defended(target, await open(defence), { random: random.fork('adaptive'), samples, signal })
  }
  const calls = counted(target)
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

async function attackRecord(job: Job, source: Image, open: Open, signal: AbortSignal) {
  const about = {
    step: 'attack' as const,
    key: job.key,
    attack: job.attack.label,
    metric: job.target?.label ?? '',
    source: job.image.name,
  }
  try {
    const { stored, ms, calls, kind, notes } = await attackStep(job, source, open, signal)
    const record: AttackRecord = {
      ...about,
      ...ended('ok'),
      image: digest(stored),
      ms,
      distance: distance(stored, source),
      score_queries: calls.scores,
      gradient_queries: calls.gradients,
      gradient_kind: kind,
      notes,
    }
    return { record, stored }
  } catch (error) {
    const nothing = { image: '', ms: null, distance: null, score_queries: null, gradient_queries: null, notes: {} }
    const record: AttackRecord = { ...about, ...failure(error), ...nothing, gradient_kind: '' }
    return { record }
  }
}

async function reading(
  purified: Image,
  { key, metric }: Assay['readings'][number],
  open: Open,
): Promise<ReadingRecord> {
  try {
    const opened = await open(metric)
    const [score, ms] = await timed(() => opened.score(purified))
    return { key, metric: metric.label, ...ended('ok'), score: checkScore(score, metric.label), ms }
  } catch (error) {
    return { key, metric: metric.label, ...failure(error), score: null, ms: null }
  }
}

/** The original as the purified image should be compared with it: in the purified frame if the defence says how. */
async function registered(purified: Purified, source: Image): Promise<Distance | null> {
  if (!purified.register) return null
  const frame = await purified.register(source)
  return sameSides(frame, purified) ? distance(purified, frame) : null
}

async function assayRecord(job: Job, assay: Assay, source: Image, attacked: Image, open: Open, signal: AbortSignal) {
  const { defence, draw, readings } = assay
  const about = {
    step: 'assay' as const,
    key: assay.key,
    attack: job.key,
    defence: defence.label,
    source: job.image.name,
    draw,
  }
  try {
    // Fixed by the source and not by the attacked image: clean and attacked meet the same draw.
    const random = createRandom(job.seed).fork('defence', defence.plugin, defence.options, job.image.sha256, draw)
    const opened = await open(defence)
    const [purified, ms] = await timed(() => opened.purify(attacked, { random, signal }))
    checkImage(purified, `output of defence ${defence.label}`)
    if (!defence.facts.changesSize && !sameSides(purified, attacked)) {
      throw new CupelError(
        `output of defence ${defence.label}: ${purified.width} x ${purified.height}, expected the input's ${attacked.width} x ${attacked.height} since it declares no change of size`,
      )
    }
    const raw = distance(sameSides(purified, source) ? purified : resize(purified, source), source)
    const scores: ReadingRecord[] = []
    for (const one of readings) scores.push(await reading(purified, one, open))
    const record: AssayRecord = {
      ...about,
      ...ended('ok'),
      ms,
      width: purified.width,
      height: purified.height,
      distance: raw,
      registered: (await registered(purified, source)) ?? raw,
      readings: scores,
      image: job.display ? digest(quantised(purified)) : '',
    }
    return { record, purified }
  } catch (error) {
    const failed = failure(error)
    const record: AssayRecord = {
      ...about,
      ...failed,
      ms: null,
      width: null,
      height: null,
      distance: null,
      registered: null,
      readings: readings.map(({ key, metric }) => ({ key, metric: metric.label, ...failed, score: null, ms: null })),
      image: '',
    }
    return { record }
  }
}

/** Does a job, telling of every step as it begins and ends. Plugins' errors become records; only defects of the runner are thrown. */
export async function perform(
  job: Job,
  open: Open,
  tell: (message: Message) => void,
  signal: AbortSignal,
): Promise<void> {
  const source = await readImage(job.image.path)
  if (digest(source) !== job.image.sha256) {
    throw new CupelError(`${job.image.path}: its pixels changed while the run was under way`)
  }

  let attacked: Image | undefined
  if (job.attacked) {
    attacked = await readImage(job.attacked)
  } else {
    tell({ type: 'begin', step: 'attack', key: job.key })
    const { record, stored } = await attackRecord(job, source, open, signal)
    attacked = stored
    tell({ type: 'end', record, ...(stored && { png: await encodePng(stored) }) })
  }
  if (!attacked) return

  for (const assay of job.assays) {
    tell({ type: 'begin', step: 'assay', key: assay.key })
    const { record, purified } = await assayRecord(job, assay, source, attacked, open, signal)
    tell({ type: 'end', record, ...(job.display && purified && { png: await encodePng(purified) }) })
  }
}
