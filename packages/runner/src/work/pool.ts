import { fileURLToPath } from 'node:url'
import { CupelError } from '@cupel/core'
import { Tinypool } from 'tinypool'
import type { AssayRecord, AttackRecord, Failure, Job, Message, StepRecord } from './job.js'

export interface PoolOptions {
  /** Jobs at the same time; each in a process of its own. */
  readonly concurrency: number
  /** Seconds that one step may take. */
  readonly timeout: number
  /** Called for every step as it ends, in the order of ending. */
  readonly onStep: (record: StepRecord, png?: Uint8Array) => void
  /** Aborted when the run is to stop: workers are ended at once. */
  readonly signal: AbortSignal
}

/** The record of a step whose worker died or was ended. */
function lost(job: Job, { step, key }: { step: 'attack' | 'assay'; key: string }, reason: string): StepRecord {
  const outcome = {
    key,
    status: 'failed' as const,
    reason,
    source: job.image.name,
    ms: null,
    compare_ms: null,
    distance: null,
  }
  if (step === 'attack') {
    const nothing = { image: '', score_queries: null, gradient_queries: null, gradient_kind: '' as const, notes: {} }
    return {
      step,
      ...outcome,
      ...nothing,
      attack: job.attack.label,
      metric: job.target?.label ?? '',
    } satisfies AttackRecord
  }
  const assay = job.assays.find((one) => one.key === key)!
  return {
    step,
    ...outcome,
    attack: job.key,
    defence: assay.defence.label,
    draw: assay.draw,
    width: null,
    height: null,
    registered: null,
    notes: {},
    image: '',
    readings: assay.readings.map((one) => ({
      key: one.key,
      metric: one.metric.label,
      status: 'failed',
      reason,
      score: null,
      ms: null,
    })),
  } satisfies AssayRecord
}

/** A pool of child processes that load `worker.js`. */
function startPool(concurrency: number): Tinypool {
  return new Tinypool({
    filename: fileURLToPath(import.meta.resolve('./worker.js')),
    runtime: 'child_process',
    serialization: 'advanced',
    minThreads: concurrency,
    maxThreads: concurrency,
    env: process.env as Record<string, string>,
  })
}

/**
 * Does one piece of work in the pool. Its process is ended when `signal` is aborted, or when it is silent for longer than `timeout` seconds.
 *
 * @param name the export of `worker.js` that does it
 * @param hear called for every message, each of which starts the clock anew
 */
async function supervised<T>(
  pool: Tinypool,
  name: string,
  task: unknown,
  { timeout, signal }: Pick<PoolOptions, 'timeout' | 'signal'>,
  hear: (message: Message) => void = () => {},
): Promise<T> {
  const stop = new AbortController()
  let timedOut = false
  let timer: NodeJS.Timeout | undefined
  const watch = (): void => {
    clearTimeout(timer)
    timer = setTimeout(() => {
      timedOut = true
      stop.abort()
    }, timeout * 1000)
  }
  const cancel = (): void => stop.abort()
  const postMessage = (message: Message): void => {
    watch()
    hear(message)
  }
  signal.addEventListener('abort', cancel)
  watch()
  try {
    return await pool.run(task, { name, signal: stop.signal, channel: { postMessage } })
  } catch (error) {
    throw timedOut ? new CupelError(`took longer than ${timeout} s; see --timeout`) : error
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', cancel)
  }
}

/** Runs `work` on every item, `concurrency` at a time, until `signal` is aborted. */
async function inLanes<T>(
  items: Iterable<T>,
  concurrency: number,
  signal: AbortSignal,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const queue = items[Symbol.iterator]()
  async function lane(): Promise<void> {
    for (let next = queue.next(); !next.done && !signal.aborted; next = queue.next()) await work(next.value)
  }
  await Promise.all(Array.from({ length: concurrency }, lane))
}

/** The outcome of one preliminary piece of work; plain data, so that it crosses processes. */
export type Settled<T> = { readonly value: T } | { readonly failure: Failure }

/**
 * Does preliminary work (training, calibration) in a pool; one that fails does not stop the others.
 *
 * @param onEnd called for each as it ends
 */
export async function runPreliminaries<Task, T>(
  name: 'prepare' | 'calibrate',
  tasks: readonly Task[],
  options: Omit<PoolOptions, 'onStep'>,
  onEnd: (task: Task, outcome: Settled<T>, ms: number) => void,
): Promise<void> {
  if (tasks.length === 0) return
  const concurrency = Math.min(options.concurrency, tasks.length)
  const pool = startPool(concurrency)
  try {
    await inLanes(tasks, concurrency, options.signal, async (task) => {
      const start = performance.now()
      const outcome = await supervised<Settled<T>>(pool, name, task, options).catch((error: Error) => ({
        failure: { status: 'failed' as const, reason: error.message },
      }))
      if (!options.signal.aborted) onEnd(task, outcome, performance.now() - start)
    })
  } finally {
    await pool.destroy()
  }
}

/**
 * Runs jobs on a pool of child processes, so that a plugin that crashes or hangs takes only its own step with it: that step has
 * failed, and the rest of its job goes on in another process. Order of jobs does not matter to any result.
 *
 * @param jobs what to do
 * @param resumeAt the path of the attacked image that a step of this run made, if it was told of: for the rest of a job whose worker was lost
 */
export async function runJobs(
  jobs: Iterable<Job>,
  resumeAt: (attackKey: string) => string | undefined,
  options: PoolOptions,
): Promise<void> {
  const { concurrency, onStep, signal } = options
  const pool = startPool(concurrency)

  /** One try at a job: what is left to do afterwards, or undefined when it is done. */
  async function attempt(job: Job): Promise<Job | undefined> {
    const done = new Set<string>()
    let current: { step: 'attack' | 'assay'; key: string } | undefined
    let attackFailed = false
    const end = (record: StepRecord, png?: Uint8Array) => {
      done.add(record.key)
      if (record.step === 'attack' && record.status !== 'ok') attackFailed = true
      onStep(record, png)
    }
    const hear = (message: Message) => {
      if (message.type === 'begin') current = message
      if (message.type === 'end') {
        // The next step may have begun while this one's picture was encoded.
        if (current?.key === message.record.key) current = undefined
        end(message.record, message.png)
      }
    }
    try {
      await supervised(pool, 'default', job, options, hear)
    } catch (error) {
      if (signal.aborted) return undefined
      // Nothing had begun: the job itself is at fault, and trying again would not help.
      end(lost(job, current ?? { step: 'attack', key: job.key }, (error as Error).message))
      if (current === undefined) return undefined
    }
    const left = job.assays.filter((assay) => !done.has(assay.key))
    if (attackFailed || left.length === 0) return undefined
    const attacked = job.attacked ?? resumeAt(job.key)
    return { ...job, ...(attacked && { attacked }), assays: left }
  }

  try {
    await inLanes(jobs, concurrency, signal, async (first) => {
      for (let job: Job | undefined = first; job && !signal.aborted; ) job = await attempt(job)
    })
  } finally {
    await pool.destroy()
  }
}
