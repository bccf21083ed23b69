import { Graph } from './graph.js'
import type { Model } from './model.js'
import { open, type Session, type SessionOptions } from './session.js'
import { isStatic } from './shapes.js'
import { byteLength, type Tensor } from './tensor.js'

export interface SpecialisedOptions extends SessionOptions {
  /**
   * Bytes that the open sessions may take together, as estimated: the weights twice (as given and as packed by the
   * runtime) and every intermediate result. The sessions used longest ago are closed first; those in use stay open
   * whatever their size. Default 1 GiB.
   */
  readonly cacheBytes?: number
}

/** A model with one session for each set of input shapes it meets. */
export interface Specialised {
  /** Runs the model in the session for the shapes of these inputs, opening it if need be. */
  run(feeds: Readonly<Record<string, Tensor>>): Promise<Record<string, Tensor>>
  /** Number of sessions open now. */
  readonly size: number
  dispose(): Promise<void>
}

interface Entry {
  readonly session: Promise<Session>
  readonly bytes: number
  readonly running: Set<Promise<unknown>>
}

/**
 * Runs a model for inputs of any shapes by opening a session for each: shapes known beforehand make gradients possible
 * that need them, and faster. Opening takes some milliseconds for a small network and up to seconds for the largest.
 *
 * @param make The model for given input shapes.
 */
export function specialised(
  make: (shapes: Readonly<Record<string, readonly number[]>>) => Model,
  { cacheBytes = 2 ** 30, ...options }: SpecialisedOptions = {},
): Specialised {
  const entries = new Map<string, Entry>() // in the order of last use

  const close = async (key: string, entry: Entry) => {
    entries.delete(key)
    await Promise.allSettled(entry.running)
    const session = await entry.session.catch(() => undefined) // what could not be opened was reported to those who ran it
    await session?.dispose()
  }
  /** Closes sessions that nobody uses, the one used longest ago first, until so many bytes are free. */
  const makeRoom = async (needed: number) => {
    let total = [...entries.values()].reduce((sum, { bytes }) => sum + bytes, needed)
    for (const [key, entry] of [...entries]) {
      if (total <= cacheBytes) break
      if (entry.running.size > 0) continue
      total -= entry.bytes
      await close(key, entry)
    }
  }
  const entryFor = (model: Model): Entry => {
    const bytes = footprint(model)
    return { session: makeRoom(bytes).then(() => open(model, options)), bytes, running: new Set() }
  }
  const runIn = async (key: string, entry: Entry, feeds: Readonly<Record<string, Tensor>>) => {
    const session = await entry.session.catch((error) => {
      entries.delete(key)
      throw error
    })
    return session.run(feeds)
  }
  return {
    get size() {
      return entries.size
    },
    async run(feeds) {
      const shapes = Object.fromEntries(Object.entries(feeds).map(([name, { shape }]) => [name, shape]))
      const key = JSON.stringify(shapes)
      const entry = entries.get(key) ?? entryFor(make(shapes))
      entries.delete(key)
      entries.set(key, entry)
      const running = runIn(key, entry, feeds)
      entry.running.add(running)
      try {
        return await running
      } finally {
        entry.running.delete(running)
      }
    },
    async dispose() {
      await Promise.all([...entries].map(([key, entry]) => close(key, entry)))
    },
  }
}

/** An upper estimate of the bytes that a session of a model takes: see `cacheBytes`. */
export function footprint(model: Model): number {
  const graph = Graph.from(model)
  const weights = [...model.initializers.values()].reduce((sum, value) => sum + byteLength(value), 0)
  const results = graph.nodes.flatMap(({ outputs }) => outputs).filter((name) => name !== '')
  return results.reduce((sum, name) => {
    const { shape, dtype } = graph.value(name)
    return isStatic(shape) ? sum + byteLength({ shape, dtype }) : sum
  }, 2 * weights)
}
