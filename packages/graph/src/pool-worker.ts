import { workerData } from 'node:worker_threads'
import { GraphError } from './errors.js'
import type { Answer, PoolData } from './pool.js'
import { open, type Session } from './session.js'
import type { Tensor } from './tensor.js'

// The pool library hands over its own data first.
const [, { path, options }] = workerData as [unknown, PoolData]
let opened: Promise<Session> | undefined

/** Does some work on this thread's session, opened on first use. */
async function answer<T>(work: (session: Session) => T | Promise<T>): Promise<Answer<T>> {
  try {
    opened ??= open(path, options)
    return { value: await work(await opened) }
  } catch (error) {
    if (error instanceof GraphError) return { kind: error.kind, message: error.message }
    throw error
  }
}

/** The names of the model's inputs and outputs. */
export const describe = (): Promise<Answer<Pick<Session, 'inputs' | 'outputs'>>> =>
  answer(({ inputs, outputs }) => ({ inputs, outputs }))

/** Runs the model. */
export const run = (task: {
  feeds: Record<string, Tensor>
  fetch: readonly string[]
}): Promise<Answer<Record<string, Tensor>>> => answer((session) => session.run(task.feeds, task.fetch))
