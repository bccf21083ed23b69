import { statfs } from 'node:fs/promises'
import { dirname } from 'node:path'
import { CupelError, weightsFolder } from '@cupel/core'
import lockfile from 'proper-lockfile'
import { makeFolder } from '../store/folder.js'
import { size } from './size.js'

/** What a person is told when the weights folder cannot be written. */
export function unwritable(path: string, error: unknown): CupelError {
  const { code, message } = error as NodeJS.ErrnoException
  const why =
    code === 'ENOSPC' || code === 'EDQUOT'
      ? `${weightsFolder()} is full (${code}); make room there`
      : `${path} cannot be written: ${message}; give yourself the right to write there`
  return new CupelError(`${why}, or set CUPEL_CACHE to another folder`, { cause: error })
}

/** Runs something that writes in the weights folder. @throws {CupelError} that says what to do when it cannot be written */
export async function writing<T>(path: string, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw unwritable(path, error)
  }
}

/** @throws {CupelError} when the disk has no room for so many bytes more */
export async function needRoom(path: string, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(dirname(path))
  if (bavail * bsize >= bytes) return
  throw new CupelError(
    `${dirname(path)} has ${size(bavail * bsize)} left and ${size(bytes)} are needed; make room there, or set CUPEL_CACHE to another folder`,
  )
}

/**
 * Does something to a weights file while no other process does; waits for one that does. A lock that a killed process left
 * is taken over after ten seconds.
 *
 * @param path where the file is or will be; its folder is made
 * @param wait called once when another process has the file
 * @param work its signal aborts when the lock is lost, as after this machine slept
 */
export async function holding<T>(path: string, wait: () => void, work: (lost: AbortSignal) => Promise<T>): Promise<T> {
  const lost = new AbortController()
  const onCompromised = (): void =>
    lost.abort(new CupelError(`another process took ${path} over; run the command again`))
  await writing(path, () => makeFolder(dirname(path)))
  let release: (() => Promise<void>) | undefined
  for (let waited = false; !release; ) {
    try {
      release = await lockfile.lock(path, { realpath: false, onCompromised })
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ELOCKED') throw unwritable(path, error)
      if (!waited) wait()
      waited = true
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }
  try {
    return await work(lost.signal)
  } finally {
    // A lock that was lost is another's.
    await release().catch(() => {})
  }
}
