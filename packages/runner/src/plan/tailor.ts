import { createHash } from 'node:crypto'
import { CupelError, type Measure } from '@cupel/core'
import canonicalize from 'canonicalize'
import { type Chosen, rekeyed } from '../plugins/select.js'
import { showProgress } from '../progress.js'
import type { Preliminaries, PreliminaryRecord } from '../store/preliminaries.js'
import type { Failure, Job, SourceImage } from '../work/job.js'
import { type PoolOptions, runPreliminaries } from '../work/pool.js'
import { budgetOf, type Calibration, type Preliminary, type Strength, turned } from '../work/tailoring.js'
import type { RunImage } from './images.js'
import { type Request, unsuited } from './plan.js'

/** The attack as it is run against one target (behind one known defence): trained for it, its knob set for it. */
export type Tailor = (attack: Chosen<'attack'>, target: Chosen<'metric'>, known?: Chosen<'defence'>) => Chosen<'attack'>

/** How attacks are made ready before the matrix is planned. */
export interface Tailoring {
  /** Images that attacks are trained on and, where there are any, that knobs are set on. */
  readonly train: readonly RunImage[]
  readonly strength?: Strength
  /** Whether knobs are tried that need not be, since they are budgets; unless told, those are set as they are. */
  readonly tryBudgets?: boolean
}

/** What else is set by a knob that moves a measure: SSIM and PSNR go together, and none of them needs to be hit by chance. */
const MOVED: Readonly<Record<Measure, readonly Measure[]>> = {
  linf: ['linf'],
  pixels: ['pixels'],
  ssim: ['ssim', 'psnr'],
  psnr: ['psnr', 'ssim'],
}

/** What is to be done, or was, before the matrix. */
export interface Tailored {
  readonly tailor: Tailor
  readonly preparations: readonly PreliminaryRecord[]
  readonly calibrations: readonly PreliminaryRecord[]
  /** Not done: steps that a dry run found missing. */
  readonly missing: number
  /** What could not be made ready, and why. */
  readonly problems: readonly string[]
  /** Attacks that do not meet a metric, and why: their rows say so too. */
  readonly omitted: readonly string[]
}

/** Images that a knob is set on when there are no training images: the first of the run. */
const CALIBRATED_ON = 8

const readable = (images: readonly RunImage[]): SourceImage[] =>
  images.filter((image): image is SourceImage => !('problem' in image))

/**
 * Checks that no image is both trained on and evaluated.
 *
 * @throws {CupelError} that names them
 */
export function checkApart(train: readonly RunImage[], evaluated: readonly RunImage[]): void {
  const hashes = new Set(readable(evaluated).map(({ sha256 }) => sha256))
  const both = readable(train).filter(({ sha256 }) => hashes.has(sha256))
  if (both.length === 0) return
  const names = both.slice(0, 3).map(({ name }) => name)
  throw new CupelError(
    `--train: ${both.length} of its images are evaluated too (${names.join(', ')}${both.length > 3 ? ', ...' : ''}); what an attack is trained on must not be what it is judged on`,
  )
}

interface Case {
  readonly attack: Chosen<'attack'>
  readonly target: Chosen<'metric'>
  readonly known?: NonNullable<Job['known']>
}

const nameOf = ({ attack, target, known }: Case): string =>
  `${attack.label} | ${target.label} | ${known?.defence.label ?? ''}`

/**
 * Every attack with every target that it will meet, and with every defence that an adaptive attacker will know.
 *
 * @param leaveOut is told why an attack will not meet a target
 */
function casesOf(
  { attacks, metrics, defences, threats, samples }: Request,
  leaveOut: (attack: Chosen<'attack'>, target: Chosen<'metric'>, reason: string) => void,
): Case[] {
  const known = threats.includes('adaptive') ? defences.filter(({ plugin }) => plugin !== 'none') : []
  const cases: Case[] = []
  for (const attack of attacks) {
    if (attack.facts.needs === 'nothing') continue
    for (const target of metrics) {
      const why = target.unavailable ?? attack.unavailable ?? unsuited(attack, target)
      if (why) {
        leaveOut(attack, target, why)
        continue
      }
      cases.push({ attack, target })
      for (const defence of known) if (!defence.unavailable) cases.push({ attack, target, known: { defence, samples } })
    }
  }
  return cases
}

/** What a case is for a preliminary step, with its key. */
function preliminary(
  step: string,
  one: Case,
  images: readonly SourceImage[],
  { objective, seed, device }: Request,
  more: unknown,
): Preliminary {
  const { attack, target, known } = one
  const parts = {
    step,
    attack: attack.key,
    target: target.key,
    known: known ? [known.defence.key, known.samples] : null,
    images: images.map(({ sha256 }) => sha256),
    objective,
    seed,
    device,
    more,
  }
  const key = createHash('sha256').update(canonicalize(parts)!).digest('hex')
  return { key, attack, target, ...(known && { known }), objective, seed, device, images }
}

const unready = (attack: Chosen<'attack'>, { status, reason }: Failure): Chosen<'attack'> => ({
  ...attack,
  [status === 'n/a' ? 'unavailable' : 'failed']: reason,
})

/** The attack with its knob where it was found, flagged when the strength could not be had. */
function calibrated(attack: Chosen<'attack'>, { knob, reached }: Calibration): Chosen<'attack'> {
  const set = turned(attack, knob)
  return reached ? set : { ...set, flags: 'unreached' }
}

/**
 * Makes the attacks of a request ready: trains those that are trained, then sets knobs to the strength asked for. What the store has is
 * not done again. A case that fails fails its own rows and stops nothing else.
 *
 * @param execute false for a dry run: what is missing is counted and not done
 */
export async function tailorAttacks(
  request: Request,
  { train, strength, tryBudgets = false }: Tailoring,
  store: Preliminaries,
  pool: Omit<PoolOptions, 'onStep'>,
  execute: boolean,
): Promise<Tailored> {
  const trainImages = readable(train)
  const evaluated = readable(request.images)
  const ready = new Map<string, Chosen<'attack'>>()
  const problems: string[] = []
  const records = { prepare: [] as PreliminaryRecord[], calibrate: [] as PreliminaryRecord[] }
  let missing = 0

  /** Does those tasks of one kind that the store does not have, and applies the result of each to its case. */
  async function doAll<T extends Preliminary>(
    step: 'prepare' | 'calibrate',
    cases: readonly (readonly [Case, T])[],
    apply: (one: Case, record: PreliminaryRecord) => void,
  ) {
    const left = cases.filter(([, task]) => !store.get(task.key))
    if (execute) {
      const tasks = left.map(([, task]) => task)
      const progress = showProgress(tasks.length, step === 'prepare' ? 'attacks trained' : 'knobs set')
      let ended = 0
      await runPreliminaries<T, Uint8Array | Calibration>(step, tasks, pool, (task, outcome, ms) => {
        store.add({ step, task, outcome, ms })
        progress.update(++ended, `${task.attack.label} on ${task.target.label}`)
      })
      progress.stop()
    } else missing += left.length
    for (const [one, task] of cases) {
      const record = store.get(task.key)
      const failure = store.failure(task.key)
      if (record) {
        records[step].push(record)
        apply(one, record)
      } else if (failure) giveUp(one, { ...failure, reason: `${step}: ${failure.reason}` })
    }
  }

  function giveUp(one: Case, failure: Failure): void {
    ready.set(nameOf(one), unready(one.attack, failure))
    problems.push(`${one.attack.label} on ${one.target.label}: ${failure.reason}`)
  }

  const current = (one: Case): Case => ({ ...one, attack: ready.get(nameOf(one)) ?? one.attack })
  const omitted: string[] = []
  const all = casesOf(request, ({ label }, target, reason) => omitted.push(`${label} on ${target.label}: ${reason}`))

  const trained = all.filter(({ attack }) => attack.trained)
  if (trainImages.length === 0 || request.objective === 'either') {
    const why =
      trainImages.length === 0
        ? 'must be trained on images: --train IMAGES'
        : 'is trained in one direction, --objective either wants two: run improve and worsen'
    for (const one of trained) giveUp(one, { status: 'n/a', reason: `attack ${one.attack.label} ${why}` })
  } else {
    const tasks = trained.map((one) => [one, preliminary('prepare', one, trainImages, request, null)] as const)
    await doAll('prepare', tasks, (one, { artefact }) =>
      ready.set(nameOf(one), {
        ...one.attack,
        prepared: store.artefactPath(artefact),
        key: rekeyed(one.attack.key, { prepared: artefact }),
      }),
    )
  }

  if (strength) {
    const images = trainImages.length > 0 ? trainImages.slice(0, CALIBRATED_ON) : evaluated.slice(0, CALIBRATED_ON)
    const able: Case[] = []
    for (const one of all.map(current)) {
      const { knob, unavailable, failed } = { ...one.attack, ...one.attack.facts }
      if (unavailable || failed) continue
      if (knob && MOVED[knob.measure].includes(strength.measure)) {
        if (knob.budget && !tryBudgets) ready.set(nameOf(one), turned(one.attack, budgetOf(one.attack, strength)))
        else able.push(one)
      } else {
        const has = knob ? `a strength in ${MOVED[knob.measure].join(' or ')}` : 'no strength knob'
        const reason = `attack ${one.attack.label} has ${has}, --strength asks for ${strength.measure}`
        giveUp(one, { status: 'n/a', reason })
      }
    }
    const tasks = able.map(
      (one) => [one, { ...preliminary('calibrate', one, images, request, strength), strength }] as const,
    )
    await doAll('calibrate', tasks, (one, { calibration }) =>
      ready.set(nameOf(one), calibrated(one.attack, calibration!)),
    )
  }

  return {
    tailor: (attack, target, known) =>
      ready.get(nameOf({ attack, target, ...(known && { known: { defence: known, samples: request.samples } }) })) ??
      attack,
    preparations: records.prepare,
    calibrations: records.calibrate,
    missing,
    problems,
    omitted,
  }
}
