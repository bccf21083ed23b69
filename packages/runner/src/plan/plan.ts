import { CupelError, type Device } from '@cupel/core'
import type { Chosen } from '../plugins/select.js'
import type { Status, Threat } from '../rows.js'
import type { Store } from '../store/store.js'
import type { Assay, Job, Objective, Reading, SourceImage } from '../work/job.js'
import type { RunImage } from './images.js'
import { keysOf, type Surroundings } from './keys.js'
import type { Tailor } from './tailor.js'

/** What a run is asked to do, with every name resolved. */
export interface Request {
  readonly images: readonly RunImage[]
  readonly metrics: readonly Chosen<'metric'>[]
  readonly attacks: readonly Chosen<'attack'>[]
  readonly defences: readonly Chosen<'defence'>[]
  readonly threats: readonly Threat[]
  readonly objective: Objective
  readonly seed: number
  /** Draws of each random defence under each threat. */
  readonly draws: Readonly<Record<Threat, number>>
  /** Draws that an adaptive attacker averages over (EOT). */
  readonly samples: number
  readonly device: Device
  /** Attacks as they are run against each target; as they are, unless told. */
  readonly tailor?: Tailor
}

/** The keys of the steps that one row's numbers come from. */
export interface StepKeys {
  readonly attack: string
  readonly assay: string
  readonly reading: string
  /** The scores of the source and of the attacked image without a defence. */
  readonly clean: string
  readonly undefended: string
}

/** Where one row's numbers will be: the keys of the steps they come from. */
export interface Cell {
  readonly image: RunImage
  readonly metric: Chosen<'metric'>
  readonly attack: Chosen<'attack'>
  readonly defence: Chosen<'defence'>
  readonly attacked: Chosen<'metric'>
  readonly threat: Threat
  readonly draw: number
  /** Known before anything runs: the row is not going to be ok, and why. */
  readonly verdict?: { readonly status: Exclude<Status, 'ok'>; readonly reason: string }
  /** Of an adaptive cell, with the keys of the same cell under the static attack and, for the objective `either`, of the score of the source behind the defence. */
  readonly steps?: StepKeys & { readonly static?: StepKeys; readonly start?: string }
}

export interface Plan {
  /** One for each row, in the order of the rows. */
  readonly cells: readonly Cell[]
  /** Every step that the rows need, stored or not. */
  readonly jobs: readonly Job[]
}

/** Purified images are kept to be looked at for one of the first so many images, for each attack on each metric. */
const DISPLAYED = 4

/** Why an attack does not suit a metric. */
export const unsuited = (attack: Chosen<'attack'>, metric: Chosen<'metric'>): string | undefined =>
  attack.facts.needs === 'gradient' && !metric.facts.gradient
    ? `attack ${attack.label} needs a gradient, metric ${metric.label} gives scores only`
    : undefined

/** Why a cell cannot be computed, as far as that is known before anything runs. */
function verdictOf({ image, metric, attack, defence, attacked }: Omit<Cell, 'draw'>): Cell['verdict'] {
  if ('problem' in image) return { status: 'failed', reason: image.problem }
  const missing = [metric, attacked, attack, defence].find((chosen) => chosen.unavailable)
  if (missing) return { status: 'n/a', reason: missing.unavailable! }
  if (attack.failed) return { status: 'failed', reason: attack.failed }
  const reason = unsuited(attack, attacked)
  if (reason) return { status: 'n/a', reason }
  const side = Math.min(image.width, image.height)
  const sized = defence.facts.changesSize ? [attack, defence, attacked] : [attack, defence, attacked, metric]
  const small = sized.find((chosen) => side < chosen.facts.minimumSize)
  if (small) {
    return {
      status: 'n/a',
      reason: `${small.kind} ${small.label} needs images of at least ${small.facts.minimumSize} pixels a side, ${image.name} is ${image.width} x ${image.height}`,
    }
  }
  return undefined
}

/** Collects the steps that cells need, each once. */
function collector(request: Request, surroundings: Surroundings) {
  const { objective, seed, samples, device } = request
  const keys = keysOf(surroundings, device, seed)
  type Draft = Omit<Job, 'assays'> & {
    assays: Map<string, Omit<Assay, 'readings'> & { readings: Map<string, Reading> }>
  }
  const drafts = new Map<string, Draft>()
  const shown = request.images.slice(0, DISPLAYED)
  const pairs = new Map<string, number>()
  /** Each attack on each target is shown on one image, another one each time; attacks without a target change nothing worth a look. */
  function isShown(image: SourceImage, attack: Chosen<'attack'>, target: Chosen<'metric'>): boolean {
    if (attack.facts.needs === 'nothing') return false
    const pair = `${attack.key} ${target.key}`
    if (!pairs.has(pair)) pairs.set(pair, pairs.size)
    return image === shown[pairs.get(pair)! % shown.length]
  }

  /** The keys of the steps from an attack to a score, which become part of the jobs. */
  function need(
    image: SourceImage,
    attack: Chosen<'attack'>,
    attacked: Chosen<'metric'>,
    defence: Chosen<'defence'>,
    draw: number,
    metric: Chosen<'metric'>,
    adaptiveTo?: Chosen<'defence'>,
  ) {
    const what = {
      attack,
      objective,
      ...(attack.facts.needs !== 'nothing' && { target: attacked }),
      ...(adaptiveTo && { known: { defence: adaptiveTo, samples } }),
    }
    const key = keys.attack(what, image)
    let job = drafts.get(key)
    if (!job) {
      job = { key, image, ...what, seed, device, display: isShown(image, attack, attacked), assays: new Map() }
      drafts.set(key, job)
    }
    const assayKey = keys.assay(key, defence, draw)
    let assay = job.assays.get(assayKey)
    if (!assay) {
      assay = { key: assayKey, defence, draw, readings: new Map() }
      job.assays.set(assayKey, assay)
    }
    const readingKey = keys.reading(assayKey, metric)
    assay.readings.set(readingKey, { key: readingKey, metric })
    return { attack: key, assay: assayKey, reading: readingKey }
  }

  const jobs = (): Job[] =>
    [...drafts.values()].map((draft) => ({
      ...draft,
      assays: [...draft.assays.values()].map((assay) => ({ ...assay, readings: [...assay.readings.values()] })),
    }))
  return { need, jobs }
}

/** A cell before it is known which steps it needs; `plain` is its attack before it was made ready for its target. */
type Blank = Omit<Cell, 'steps'> & { readonly plain: Chosen<'attack'> }

const asTheyAre: Tailor = (attack) => attack

/**
 * The full cross-product: for each image, metric, attack and defence a cell, for each threat that applies to it, for each draw. `adaptive` applies where
 * there is an attack with a target and a defence to know; `transfer` to every other metric than the one attacked.
 */
function* crossed({
  images,
  metrics,
  attacks,
  defences,
  threats,
  draws,
  tailor = asTheyAre,
}: Request): Iterable<Blank> {
  for (const image of images) {
    for (const metric of metrics) {
      for (const threat of threats) {
        for (const plain of attacks) {
          const targeted = plain.facts.needs !== 'nothing'
          if (threat !== 'static' && !targeted) continue
          const targets = threat === 'transfer' ? metrics.filter((other) => other !== metric) : [metric]
          for (const attacked of targets) {
            for (const defence of defences) {
              if (threat === 'adaptive' && isNone(defence)) continue
              const attack = tailor(plain, attacked, threat === 'adaptive' ? defence : undefined)
              const cell = { image, metric, attack, defence, attacked, threat }
              const verdict = verdictOf(cell)
              const count = defence.facts.random ? draws[threat] : 1
              for (let draw = 0; draw < count; draw++) yield { ...cell, draw, plain, ...(verdict && { verdict }) }
            }
          }
        }
      }
    }
  }
}

/** @throws {CupelError} with every reason when not one cell of a request can be computed */
export function checkPossible(request: Request): void {
  const reasons = new Set<string>()
  for (const { verdict } of crossed(request)) {
    if (!verdict) return
    reasons.add(verdict.reason)
  }
  if (reasons.size === 0)
    reasons.add(`--threat ${request.threats.join(',')} applies to none of these attacks and defences`)
  throw new CupelError(`nothing can run:\n${[...reasons].join('\n')}`)
}

/** Every cell of a request, and the steps that they need. */
export function makePlan(request: Request, surroundings: Surroundings): Plan {
  const { attacks, defences, tailor = asTheyAre } = request
  const [noAttack, noDefence] = [attacks.find(isNone)!, defences.find(isNone)!]
  const { need, jobs } = collector(request, surroundings)

  function complete({ plain, ...cell }: Blank): Cell {
    if (cell.verdict) return cell
    const { metric, attack, defence, attacked, threat, draw } = cell
    const image = cell.image as SourceImage
    const known = threat === 'adaptive' ? defence : undefined
    const clean = need(image, noAttack, metric, noDefence, 0, metric).reading
    const stepsOf = (a: Chosen<'attack'>, adaptiveTo?: Chosen<'defence'>): StepKeys => ({
      ...need(image, a, attacked, defence, draw, metric, adaptiveTo),
      clean,
      undefended: need(image, a, attacked, noDefence, 0, metric, adaptiveTo).reading,
    })
    const adaptive = () => ({
      static: stepsOf(tailor(plain, attacked)),
      // Only there the attacker's aim depends on it.
      ...(request.objective === 'either' && { start: need(image, noAttack, metric, defence, draw, metric).reading }),
    })
    const steps = { ...stepsOf(attack, known), ...(known && adaptive()) }
    return { ...cell, steps }
  }

  const cells = Array.from(crossed(request), complete)
  return { cells, jobs: jobs() }
}

const isNone = ({ plugin }: Chosen): boolean => plugin === 'none'

/** How many steps of each kind there are in some jobs. */
export interface Steps {
  readonly attacks: number
  /** Purifications, each with the scores taken of it. */
  readonly purifications: number
  readonly scores: number
}

/** The steps of a plan that the store does not have, as jobs without those that it has. */
export function pending(jobs: readonly Job[], store: Store): Job[] {
  return jobs.flatMap((job) => {
    const stored = store.attack(job.key)
    const assays = job.assays.flatMap((assay) => {
      const readings = assay.readings.filter((one) => !store.reading(one.key))
      return readings.length > 0 ? [{ ...assay, readings }] : []
    })
    if (stored && assays.length === 0) return []
    return [{ ...job, assays, ...(stored && { attacked: store.imagePath(stored.image) }) }]
  })
}

export function countSteps(jobs: readonly Job[]): Steps {
  let [attacks, purifications, scores] = [0, 0, 0]
  for (const job of jobs) {
    if (!job.attacked) attacks++
    purifications += job.assays.length
    for (const assay of job.assays) scores += assay.readings.length
  }
  return { attacks, purifications, scores }
}
