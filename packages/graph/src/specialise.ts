import { Graph } from './graph.js'
import type { Model } from './model.js'
import { type Device, open, type Session, type SessionOptions } from './session.js'
import { isStatic } from './shapes.js'
import { bytesOf, sizeOf, type Tensor } from './tensor.js'

export interface SpecialisedOptions extends SessionOptions {
  /**
   * Bytes that the open sessions may take together, as estimated: the weights twice (as given and as packed by the
   * runtime) and every intermediate result. The sessions used longest ago are closed first; the one in use stays open
   * whatever its size. Default 1 GiB.
   */
  readonly cacheBytes?: number
}

export type { Device }

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
  users: number
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
    await (await entry.session).dispose()
  }
  const shrink = async () => {
    let total = [...entries.values()].reduce((sum, { bytes }) => sum + bytes, 0)
    for (const [key, entry] of [...entries].slice(0, -1)) {
      if (total <= cacheBytes) break
      if (entry.users > 0) continue
      total -= entry.bytes
      await close(key, entry)
    }
  }
  return {
    get size() {
      return entries.size
    },
    async run(feeds) {
      const shapes = Object.fromEntries(Object.entries(feeds).map(([name, { shape }]) => [name, shape]))
      const key = JSON.stringify(shapes)
      let entry = entries.get(key)
      if (!entry) {
        const model = make(shapes)
        entry = { session: open(model, options), bytes: footprint(model), users: 0 }
      }
      entries.delete(key)
      entries.set(key, entry)
      entry.users++
      try {
        await shrink()
        return await (await entry.session).run(feeds)
      } catch (error) {
        if (entry.users === 1) entries.delete(key)
        throw error
      } finally {
        entry.users--
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
  const weights = [...model.initializers.values()].reduce((sum, { data }) => sum + data.byteLength, 0)
  const results = graph.nodes.flatMap(({ outputs }) => outputs).filter((name) => name !== '')
  return results.reduce((sum, name) => {
    const { shape, dtype } = graph.value(name)
    return isStatic(shape) ? sum + sizeOf(shape) * bytesOf(dtype) : sum
  }, 2 * weights)
}
