import { setImmediate } from 'node:timers/promises'
import {
  CupelError,
  checkImage,
  digest,
  type Image,
  isUnavailable,
  type Purified,
  quantised,
  resize,
} from '@cupel/core'
import { difference, ssim } from '@cupel/full-reference'
import { encodePng, readImage } from '@cupel/image'
import type { Status } from '../rows.js'
import { type Open, runAttack, sameSides, type Tick, timed } from './attacking.js'
import { evaluationDraw } from './draw.js'
import type {
  Assay,
  AssayRecord,
  AttackRecord,
  Distance,
  Failure,
  Job,
  Message,
  ReadingRecord,
  StepRecord,
} from './job.js'

const ended = (status: Status, reason = '') => ({ status, reason })

/** Whether what a computation needs is not there, a device for one: plugins say so, and @cupel/graph, which knows nothing of core. */
const isMissing = (error: unknown): boolean =>
  isUnavailable(error) ||
  (error instanceof Error && error.name === 'GraphError' && 'kind' in error && error.kind === 'missing')

/** A failure is a status with a reason, never a number. */
export function failure(error: unknown): Failure {
  if (process.env.CUPEL_DEBUG && error instanceof Error) console.error(error.stack)
  const message = error instanceof Error ? error.message || error.name : String(error)
  return ended(isMissing(error) ? 'n/a' : 'failed', message)
}

export function distance(image: Image, reference: Image): Distance {
  const values = difference(image, reference)
  // Many are: without an attack, what no defence touches is the source.
  return { ssim: values.mse === 0 ? 1 : ssim(image, reference), ...values }
}

function checkScore(score: number, metric: string): number {
  if (Number.isFinite(score)) return score
  throw new CupelError(`metric ${metric} returned ${score}, expected a finite number`)
}

/** What the steps of a job share. */
interface Site {
  readonly job: Job
  readonly source: Image
  readonly open: Open
  readonly tick: Tick
  readonly signal: AbortSignal
  /** How close an image is to the source; the same image is compared once. */
  readonly compare: (image: Image) => Distance
}

function comparedWith(source: Image): Site['compare'] {
  const known = new WeakMap<Float32Array, Distance>()
  return (image) => {
    const found = known.get(image.data) ?? distance(image, source)
    known.set(image.data, found)
    return found
  }
}

async function attackRecord({ job, source, open, tick, signal, compare }: Site) {
  const about = {
    step: 'attack' as const,
    key: job.key,
    attack: job.attack.label,
    metric: job.target?.label ?? '',
    source: job.image.name,
  }
  try {
    const { stored, ms, calls, kind, notes } = await runAttack(job, source, job.image.sha256, open, signal, tick)
    const [compared, compare_ms] = await timed(async () => compare(stored))
    const record: AttackRecord = {
      ...about,
      ...ended('ok'),
      image: digest(stored),
      ms,
      compare_ms,
      distance: compared,
      score_queries: calls.scores,
      gradient_queries: calls.gradients,
      gradient_kind: kind,
      notes,
    }
    return { record, stored }
  } catch (error) {
    const nothing = {
      image: '',
      ms: null,
      compare_ms: null,
      distance: null,
      score_queries: null,
      gradient_queries: null,
      notes: {},
    }
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

/** The purified image beside the source as it is and, if the defence says how, beside the source in the purified frame. */
async function compareBoth(purified: Purified, { source, compare }: Site): Promise<{ raw: Distance; frame: Distance }> {
  const raw = compare(sameSides(purified, source) ? purified : resize(purified, source))
  const frame = await purified.register?.(source)
  if (!frame || frame.data === source.data || !sameSides(frame, purified)) return { raw, frame: raw }
  return { raw, frame: distance(purified, frame) }
}

async function assayRecord(site: Site, assay: Assay, attacked: Image) {
  const { job, open, signal } = site
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
    const random = evaluationDraw(job.seed, defence, job.image.sha256, draw)
    const opened = await open(defence)
    const [purified, ms] = await timed(() => opened.purify(attacked, { random, signal }))
    checkImage(purified, `output of defence ${defence.label}`)
    if (!defence.facts.changesSize && !sameSides(purified, attacked)) {
      throw new CupelError(
        `output of defence ${defence.label}: ${purified.width} x ${purified.height}, expected the input's ${attacked.width} x ${attacked.height} since it declares no change of size`,
      )
    }
    const [{ raw, frame }, compare_ms] = await timed(() => compareBoth(purified, site))
    const scores: ReadingRecord[] = []
    for (const one of readings) scores.push(await reading(purified, one, open))
    const record: AssayRecord = {
      ...about,
      ...ended('ok'),
      ms,
      compare_ms,
      width: purified.width,
      height: purified.height,
      distance: raw,
      registered: frame,
      readings: scores,
      notes: purified.notes ?? {},
      image: job.display ? digest(quantised(purified)) : '',
    }
    return { record, purified }
  } catch (error) {
    const failed = failure(error)
    const record: AssayRecord = {
      ...about,
      ...failed,
      ms: null,
      compare_ms: null,
      width: null,
      height: null,
      distance: null,
      registered: null,
      readings: readings.map(({ key, metric }) => ({ key, metric: metric.label, ...failed, score: null, ms: null })),
      notes: {},
      image: '',
    }
    return { record }
  }
}

let latest: { readonly sha256: string; readonly pixels: Image } | undefined

/** The pixels of a source; those of the latest are kept, since jobs on one image follow each other. */
async function sourceOf({ path, sha256 }: Job['image']): Promise<Image> {
  if (latest?.sha256 === sha256) return latest.pixels
  const pixels = await readImage(path)
  if (digest(pixels) !== sha256) throw new CupelError(`${path}: its pixels changed while the run was under way`)
  latest = { sha256, pixels }
  return pixels
}

/**
 * Tells of ended steps in their order, each once its picture is encoded; that is done by other threads, beside the next step.
 *
 * @returns `end` tells of a step, `done` waits until everything was told
 */
function telling(tell: (message: Message) => void) {
  let told: Promise<void> = Promise.resolve()
  const end = (record: StepRecord, picture?: Image): void => {
    const encoded = picture && encodePng(picture)
    const before = told
    told = (async () => {
      const [png] = await Promise.all([encoded, before])
      tell({ type: 'end', record, ...(png && { png }) })
    })()
    // Whoever waits for the end hears of an error.
    told.catch(() => {})
  }
  return { end, done: () => told }
}

/** Does a job, telling of every step as it begins and ends, and ticking while attacks ask their targets. Plugins' errors become records; only defects of the runner are thrown. */
export async function perform(
  job: Job,
  open: Open,
  tell: (message: Message) => void,
  tick: Tick,
  signal: AbortSignal,
): Promise<void> {
  const source = await sourceOf(job.image)
  const site: Site = { job, source, open, tick, signal, compare: comparedWith(source) }
  const { end, done } = telling(tell)
  let attacked: Image | undefined
  if (job.attacked) {
    attacked = await readImage(job.attacked)
  } else {
    tell({ type: 'begin', step: 'attack', key: job.key })
    const { record, stored } = await attackRecord(site)
    attacked = stored
    end(record, stored)
  }

  for (const assay of attacked ? job.assays : []) {
    // Plugins may keep the thread to themselves: what has ended is told before the next one gets it.
    await setImmediate()
    tell({ type: 'begin', step: 'assay', key: assay.key })
    const { record, purified } = await assayRecord(site, assay, attacked!)
    end(record, job.display ? purified : undefined)
  }
  await done()
}
