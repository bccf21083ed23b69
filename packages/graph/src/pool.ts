import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Tinypool } from 'tinypool'
import { GraphError, type GraphErrorKind } from './errors.js'
import type { Model } from './model.js'
import { saveModel } from './onnx/write.js'
import { isLarge, optimised } from './optimised.js'
import type { Session, SessionOptions } from './session.js'
import type { Tensor } from './tensor.js'

export interface PoolOptions extends SessionOptions {
  /** Runs at the same time, each in a thread with a session of its own; as many as there are cores unless told. */
  readonly workers?: number
}

/** What a worker is started with. */
export interface PoolData {
  readonly path: string
  readonly options: SessionOptions
}

/** What a worker answers: an error crosses threads as its parts. */
export type Answer<T> = { readonly value: T } | { readonly kind: GraphErrorKind; readonly message: string }

/**
 * Opens a model in a pool of threads, with the interface of one session: the calling thread stays free while a model
 * runs, and as many runs proceed at once as there are workers. Each worker has a session of its own on one thread, which keeps the
 * cores busier than one session on several threads; results are those of a single session, whichever worker computes them.
 *
 * @param model A model, the bytes of an .onnx file, or its path.
 * @throws GraphError as `open` does
 */
export async function openPool(
  model: Model | Uint8Array | string,
  { workers = availableParallelism(), ...options }: PoolOptions = {},
): Promise<Session> {
  const folder = typeof model === 'string' ? undefined : await mkdtemp(join(tmpdir(), 'cupel-pool-'))
  let path = folder ? join(folder, 'model.onnx') : (model as string)
  if (model instanceof Uint8Array) await writeFile(path, model)
  else if (typeof model !== 'string') {
    saveModel(model, path)
    if (isLarge(model) && (options.device ?? 'cpu') === 'cpu') path = (await optimised(path)) ?? path
  } else if (!existsSync(path)) throw new GraphError('missing', `there is no model at ${path}`)

  const pool = new Tinypool({
    filename: fileURLToPath(new URL('./pool-worker.js', import.meta.url)),
    runtime: 'worker_threads',
    minThreads: workers,
    maxThreads: workers,
    workerData: { path, options } satisfies PoolData,
  })
  async function ask<T>(name: string, task: unknown): Promise<T> {
    const answer: Answer<T> = await pool.run(task, { name })
    if ('value' in answer) return answer.value
    throw new GraphError(answer.kind, answer.message)
  }
  async function dispose(): Promise<void> {
    await pool.destroy()
    if (folder) await rm(folder, { recursive: true, force: true })
  }

  try {
    const { inputs, outputs } = await ask<Pick<Session, 'inputs' | 'outputs'>>('describe', undefined)
    const run = (feeds: Readonly<Record<string, Tensor>>, fetch = outputs): Promise<Record<string, Tensor>> =>
      ask('run', { feeds, fetch })
    return { inputs, outputs, run, dispose }
  } catch (error) {
    await dispose()
    throw error
  }
}
