import { fileURLToPath } from 'node:url'
import { Tinypool } from 'tinypool'
import type { AssayRecord, AttackRecord, Job, Message, StepRecord } from './job.js'

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
  const outcome = { key, status: 'failed' as const, reason, source: job.image.name, ms: null, distance: null }
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

/**
 * Runs jobs on a pool of child processes, so that a plugin that crashes or hangs takes only its own step with it: that step has
 * failed, and the rest of its job goes on in another process. Order of jobs does not matter to any result.
 *
 * @param jobs what to do
 * @param resumeAt the path of the attacked image that a step of this run made, for the rest of a job whose worker was lost
 */
export async function runJobs(
  jobs: Iterable<Job>,
  resumeAt: (attackKey: string) => string,
  options: PoolOptions,
): Promise<void> {
  const { concurrency, timeout, onStep, signal } = options
  const pool = new Tinypool({
    filename: fileURLToPath(import.meta.resolve('./worker.js')),
    runtime: 'child_process',
    serialization: 'advanced',
    minThreads: concurrency,
    maxThreads: concurrency,
    env: process.env as Record<string, string>,
  })

  /** One try at a job: what is left to do afterwards, or undefined when it is done. */
  async function attempt(job: Job): Promise<Job | undefined> {
    const done = new Set<string>()
    let current: { step: 'attack' | 'assay'; key: string } | undefined
    let attackFailed = false
    let timedOut = false
    const stop = new AbortController()
    let timer: NodeJS.Timeout | undefined
    const watch = () => {
      clearTimeout(timer)
      timer = setTimeout(() => {
        timedOut = true
        stop.abort()
      }, timeout * 1000)
    }
    const end = (record: StepRecord, png?: Uint8Array) => {
      done.add(record.key)
      if (record.step === 'attack' && record.status !== 'ok') attackFailed = true
      onStep(record, png)
    }
    const onMessage = (message: Message) => {
      if (message.type === 'begin') current = message
      else {
        current = undefined
        end(message.record, message.png)
      }
      watch()
    }
    const cancel = () => stop.abort()
    signal.addEventListener('abort', cancel)
    watch()
    try {
      await pool.run(job, { signal: stop.signal, channel: { postMessage: onMessage } })
    } catch (error) {
      if (signal.aborted) return undefined
      const reason = timedOut ? `took longer than ${timeout} s; see --timeout` : (error as Error).message
      // Nothing had begun: the job itself is at fault, and trying again would not help.
      end(lost(job, current ?? { step: 'attack', key: job.key }, reason))
      if (current === undefined) return undefined
    } finally {
      clearTimeout(timer)
      signal.removeEventListener('abort', cancel)
    }
    const left = job.assays.filter((assay) => !done.has(assay.key))
    if (attackFailed || left.length === 0) return undefined
    return { ...job, attacked: job.attacked ?? resumeAt(job.key), assays: left }
  }

  const queue = jobs[Symbol.iterator]()
  async function lane(): Promise<void> {
    for (let next = queue.next(); !next.done && !signal.aborted; next = queue.next()) {
      for (let job: Job | undefined = next.value; job && !signal.aborted; ) job = await attempt(job)
    }
  }
  try {
    await Promise.all(Array.from({ length: concurrency }, lane))
  } finally {
    await pool.destroy()
  }
}
