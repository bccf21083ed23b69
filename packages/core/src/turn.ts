import { setImmediate } from 'node:timers/promises'

/**
 * Lets an abort arrive, which work that keeps the thread to itself would keep out; to be called between two tiles or steps of it.
 *
 * @throws what `signal` was aborted with
 */
export async function turn(signal: AbortSignal | undefined): Promise<void> {
  await setImmediate()
  signal?.throwIfAborted()
}
