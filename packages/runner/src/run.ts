import { existsSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join, resolve } from 'node:path'
import { CupelError } from '@cupel/core'
import type { RunOptions } from './config.js'
import { describeRun, type RunManifest } from './manifest.js'
import { opinionsOf, readOpinions } from './opinions.js'
import { writeOutputs } from './outputs.js'
import { assemble } from './plan/assemble.js'
import { estimate } from './plan/estimate.js'
import { chooseExamples } from './plan/examples.js'
import { findImages, openImages, type RunImage } from './plan/images.js'
import { surroundings } from './plan/keys.js'
import { checkPossible, countSteps, makePlan, type Plan, pending, type Request, type Steps } from './plan/plan.js'
import { checkApart, tailorAttacks } from './plan/tailor.js'
import { discover, findRoot } from './plugins/discover.js'
import { readManifest } from './plugins/identity.js'
import { estimating, select } from './plugins/select.js'
import { showProgress } from './progress.js'
import type { Row, Threat } from './rows.js'
import { lockFolder } from './store/lock.js'
import { openPreliminaries } from './store/preliminaries.js'
import { openStore, type Store } from './store/store.js'
import type { Job } from './work/job.js'
import { runJobs } from './work/pool.js'

export interface RunContext {
  /** The folder that names are relative to, and above which the root package is found. */
  readonly cwd: string
  /** Aborted to stop: what is done stays done, and no report is written. */
  readonly signal: AbortSignal
  /** A line for the person. */
  readonly say: (line: string) => void
}

export interface RunResult {
  readonly rows: readonly Row[]
  readonly planned: Steps
  readonly executed: Steps
  readonly stopped: boolean
}

/** Resolves every name of a run: plugins, images, options. Nothing is written. */
export async function prepareRun(
  options: RunOptions,
  { cwd }: Pick<RunContext, 'cwd'>,
): Promise<{ request: Request; root: string }> {
  const root = findRoot(cwd)
  const catalogue = await discover(root, options.plugins)
  const own = { ...options.variants, chains: options.chains }
  const scoring = await select('metric', options.metrics, catalogue, own)
  const metrics = scoring.map((metric) => estimating(metric, options.estimate, options.seed))
  const attacks = await select('attack', options.attacks, catalogue, own)
  const defences = await select('defence', options.defences, catalogue, own)
  const files = await findImages(options.images, cwd, options.limit)
  const progress = showProgress(files.length, 'images read')
  let read = 0
  const images = await openImages(files, () => progress.update(++read))
  progress.stop()
  const { objective, seed, draws, samples, device } = options
  const request: Request = {
    images,
    metrics,
    attacks,
    defences,
    threats: options.threat as Threat[],
    objective: objective as Request['objective'],
    seed,
    draws,
    samples,
    device,
  }
  return { request, root }
}

const counted = (count: number, one: string): string => `${count} ${one}${count === 1 ? '' : 's'}`
const spelled = ({ attacks, purifications, scores }: Steps): string =>
  [counted(attacks, 'attack'), counted(purifications, 'purification'), counted(scores, 'score')].join(', ')
const total = ({ attacks, purifications }: Steps): number => attacks + purifications

/** What `--dry-run` prints. */
export function describePlan(plan: Plan, jobs: readonly Job[], store: Store): string[] {
  const [planned, missing] = [countSteps(plan.jobs), countSteps(jobs)]
  const verdicts = new Map<string, number>()
  for (const { verdict } of plan.cells) {
    if (verdict)
      verdicts.set(
        `${verdict.status}: ${verdict.reason}`,
        (verdicts.get(`${verdict.status}: ${verdict.reason}`) ?? 0) + 1,
      )
  }
  return [
    `${counted(plan.cells.length, 'row')}`,
    `steps:    ${spelled(planned)}`,
    `to do:    ${spelled(missing)}`,
    `time:     ${estimate(jobs, plan.jobs, store)}`,
    ...[...verdicts].map(([reason, rows]) => `${counted(rows, 'row')} will be ${reason}`),
  ]
}

/** How work is spread over processes. */
export const poolOptions = ({ concurrency, timeout }: RunOptions, signal: AbortSignal) => ({
  concurrency: concurrency ?? availableParallelism(),
  timeout,
  signal,
})

/** The images that attacks are trained on; none of them is one of the request's. */
async function trainingImages({ train }: RunOptions, { images }: Request, cwd: string): Promise<RunImage[]> {
  if (!train) return []
  const found = await openImages(await findImages(train, cwd))
  checkApart(found, images)
  return found
}

/** The request with its attacks made ready, and what that took. */
async function tailored(
  request: Request,
  train: readonly RunImage[],
  options: RunOptions,
  signal: AbortSignal,
  folder: string,
  execute: boolean,
) {
  const tailoring = { train, ...(options.strength && { strength: options.strength }) }
  const store = openPreliminaries(folder)
  const { tailor, ...done } = await tailorAttacks(request, tailoring, store, poolOptions(options, signal), execute)
  return { request: { ...request, tailor }, ...done }
}

async function execute(jobs: readonly Job[], store: Store, options: RunOptions, signal: AbortSignal): Promise<Steps> {
  const progress = showProgress(total(countSteps(jobs)), 'steps')
  const executed = { attacks: 0, purifications: 0, scores: 0 }
  const pool = poolOptions(options, signal)
  try {
    const pathOf = (key: string): string | undefined => {
      const record = store.attack(key)
      return record && store.imagePath(record.image)
    }
    await runJobs(jobs, pathOf, {
      ...pool,
      concurrency: Math.min(pool.concurrency, jobs.length),
      onStep(record, png) {
        store.add(record, png)
        if (record.step === 'attack') executed.attacks++
        else {
          executed.purifications++
          executed.scores += record.readings.length
        }
        progress.update(
          total(executed),
          record.step === 'attack' ? `${record.attack} on ${record.source}` : `${record.defence} on ${record.source}`,
        )
      },
    })
  } finally {
    progress.stop()
  }
  return executed
}

const version = (): string => readManifest(resolve(import.meta.dirname, '..')).version ?? '0.0.0'

/**
 * Runs a matrix: metric x attack x defence x image. Steps that the folder's store has are not computed again, so running again is resuming.
 *
 * @throws {CupelError} for anything wrong with the request, before anything is written
 */
export async function run(options: RunOptions, context: RunContext): Promise<RunResult> {
  const { cwd, signal, say } = context
  if (!options.out) throw new CupelError('--out DIR is missing: the folder that results go to')
  const out = resolve(cwd, options.out)
  const { request: untailored, root } = await prepareRun(options, context)
  const names = untailored.images.map(({ name }) => name)
  const mos = options.mos === undefined ? undefined : opinionsOf(names, readOpinions(resolve(cwd, options.mos)))
  const around = surroundings()
  checkPossible(untailored)
  const train = await trainingImages(options, untailored, cwd)

  const unlock = lockFolder(out)
  try {
    const { request, preparations, calibrations } = await tailored(
      untailored,
      train,
      options,
      signal,
      join(out, 'store'),
      true,
    )
    const plan = makePlan(request, around)
    const store = openStore(join(out, 'store'))
    const jobs = pending(plan.jobs, store)
    const [planned, missing] = [countSteps(plan.jobs), countSteps(jobs)]
    say(`${counted(plan.cells.length, 'row')}: ${spelled(planned)}; to do: ${spelled(missing)}`)
    // The workers start while the run is described.
    const [executed, begun] = await Promise.all([
      jobs.length > 0 ? execute(jobs, store, options, signal) : { attacks: 0, purifications: 0, scores: 0 },
      describeRun(request, around, root, version()),
    ])
    say(`executed: ${spelled(executed)}`)
    if (signal.aborted) return { rows: [], planned, executed, stopped: true }

    const rows = assemble(plan, request, store)
    const manifest: RunManifest = {
      ...begun,
      preparations,
      calibrations,
      finishedAt: new Date().toISOString(),
      steps: { planned, executed },
    }
    await writeOutputs(out, { rows, manifest, examples: chooseExamples(plan, store), ...(mos && { mos }) })
    return { rows, planned, executed, stopped: false }
  } finally {
    unlock()
  }
}

/** What a run would do, without doing or writing anything. */
export async function dryRun(options: RunOptions, context: RunContext): Promise<string[]> {
  const folder = options.out === undefined ? undefined : resolve(context.cwd, options.out, 'store')
  const stored = folder && existsSync(folder) ? folder : join(context.cwd, 'no-such-store')
  const prepared = await prepareRun(options, context)
  const train = await trainingImages(options, prepared.request, context.cwd)
  const { request, missing } = await tailored(prepared.request, train, options, context.signal, stored, false)
  const plan = makePlan(request, surroundings())
  const store = openStore(stored)
  const before = missing > 0 ? [`before:   ${counted(missing, 'preparation or calibration')}`] : []
  return [...describePlan(plan, pending(plan.jobs, store), store), ...before]
}
