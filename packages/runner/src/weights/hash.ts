import { createHash } from 'node:crypto'
import { createReadStream, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { CupelError } from '@cupel/core'

/** What is kept beside a weights file. */
interface Note {
  /** Size, time and hash of the file as it was read last: while size and time stand, so does the hash. */
  readonly size: number
  readonly mtimeMs: number
  readonly sha256: string
  /** The hash that was the first to be used here: what a file without a published hash is compared with. */
  readonly first: string
}

/** Where the note on a weights file is. */
export const notePath = (path: string): string => `${path}.sha256.json`

/** Notes that a weights folder which cannot be written did not take. */
const unwritten = new Map<string, Note>()

function readNote(path: string): Note | undefined {
  try {
    const note = JSON.parse(readFileSync(notePath(path), 'utf8'))
    if (typeof note?.sha256 === 'string') return note
  } catch {
    // None yet, or a damaged one, which is made again.
  }
  return unwritten.get(path)
}

/** SHA-256 (hex) of a file, streamed. @throws {CupelError} when it cannot be read */
export async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256')
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk as Buffer)
  } catch (error) {
    throw new CupelError(`${path} cannot be read: ${(error as Error).message}`, { cause: error })
  }
  return hash.digest('hex')
}

/** Keeps the hash of a file in the weights folder, so that nothing reads it again to learn it. */
export function remember(path: string, sha256: string): void {
  const { size, mtimeMs } = statSync(path)
  const note: Note = { size, mtimeMs, sha256, first: readNote(path)?.first ?? sha256 }
  const unfinished = `${notePath(path)}.${process.pid}.tmp`
  try {
    writeFileSync(unfinished, JSON.stringify(note))
    renameSync(unfinished, notePath(path))
  } catch {
    rmSync(unfinished, { force: true })
    // Then it lasts as long as this process.
    unwritten.set(path, note)
  }
}

/**
 * SHA-256 of a file in the weights folder. It is kept beside the file and used again while the file's size and time stand,
 * so that a run does not read hundreds of megabytes to learn what it knew.
 */
export async function knownHash(path: string): Promise<string> {
  const note = readNote(path)
  const { size, mtimeMs } = statSync(path)
  if (note?.size === size && note.mtimeMs === mtimeMs) return note.sha256
  const sha256 = await hashFile(path)
  remember(path, sha256)
  return sha256
}

/** The hash that a file in the weights folder had when it was first used, also when the file is gone since. */
export const firstHash = (path: string): string | undefined => readNote(path)?.first
