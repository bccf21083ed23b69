import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { open, stat } from 'node:fs/promises'
import { crc32 } from 'node:zlib'
import { CheckpointError, guarding } from './error.js'

/** Bytes that can be read by position: a region of a file, a zip entry, or memory. */
export interface Bytes {
  readonly size: number
  /** The bytes from `offset`, which nobody else will see. */
  read(offset: number, length: number): Promise<Uint8Array>
  /** Up to so many bytes from the start, for a look at a header: as little as possible is unpacked and nothing checked. */
  head(length: number): Promise<Uint8Array>
  /** Where in the file these bytes are, if they are there as they are; found undamaged. */
  readonly place?: () => Promise<number>
}

/** However small a file, so much may be unpacked from it; beyond that, `maximumExpansion` times its size. */
const freeExpansion = 64 * 2 ** 20
const maximumExpansion = 50
const largestRead = 2 ** 28

/**
 * A file read by position. It is open only while something reads, so there is nothing to close; and it keeps count of the
 * bytes that its contents claim to unpack to, so that no small file (a zip bomb, a tensor expanded by strides of zero)
 * can fill the memory.
 */
export class CheckpointFile implements Bytes {
  #handle: Promise<FileHandle> | undefined
  #readers = 0
  #claimed = 0

  private constructor(
    readonly path: string,
    readonly size: number,
    private readonly modified: number,
  ) {}

  static async at(path: string): Promise<CheckpointFile> {
    const facts = await stat(path).catch((cause: NodeJS.ErrnoException) => {
      const missing = cause.code === 'ENOENT'
      throw new CheckpointError(
        missing ? 'missing' : 'corrupt',
        missing ? 'there is no such file' : `it cannot be read (${cause.message})`,
        undefined,
        path,
        { cause },
      )
    })
    if (!facts.isFile()) throw new CheckpointError('corrupt', 'this is not a file', 'expected a checkpoint', path)
    if (facts.size === 0) throw new CheckpointError('corrupt', 'the file is empty', 'fetch it again', path)
    return new CheckpointFile(path, facts.size, facts.mtimeMs)
  }

  /** Keeps the file open while `work` reads from it. Reading outside of it works too, and opens the file each time. */
  async opened<T>(work: (descriptor: number) => Promise<T>): Promise<T> {
    this.#readers++
    try {
      this.#handle ??= guarding('it cannot be opened', () => open(this.path))
      return await work((await this.#handle).fd)
    } finally {
      if (--this.#readers === 0) {
        const handle = this.#handle
        this.#handle = undefined
        await (await handle?.catch(() => undefined))?.close()
      }
    }
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    this.check(offset, length)
    return this.opened(async () => {
      const handle = await this.#handle!
      // Not from Buffer's pool: a small tensor would keep the whole pool alive and be unaligned.
      const bytes = new Uint8Array(length)
      for (let done = 0; done < length; ) {
        const step = Math.min(largestRead, length - done)
        const { bytesRead } = await guarding('it cannot be read', () => handle.read(bytes, done, step, offset + done))
        if (bytesRead === 0) throw new CheckpointError('corrupt', 'the file became shorter while it was read')
        done += bytesRead
      }
      return bytes
    })
  }

  /** Fills `bytes` at once. @throws CheckpointError when the file is not what it was when it was opened first */
  readNow(offset: number, bytes: Uint8Array): Uint8Array {
    const { length } = bytes
    const changed = (cause?: unknown) =>
      new CheckpointError('missing', 'the file changed or went away while it was in use', 'open it anew', this.path, {
        cause,
      })
    try {
      const file = openSync(this.path, 'r')
      try {
        const { size, mtimeMs } = fstatSync(file)
        let done = 0
        while (done < length && size === this.size && mtimeMs === this.modified) {
          const step = readSync(file, bytes, done, Math.min(largestRead, length - done), offset + done)
          if (step === 0) break
          done += step
        }
        if (done < length) throw changed()
        return bytes
      } finally {
        closeSync(file)
      }
    } catch (cause) {
      throw cause instanceof CheckpointError ? cause : changed(cause)
    }
  }

  place = async (): Promise<number> => 0

  /** @throws CheckpointError unless the file has these bytes. */
  check(offset: number, length: number, what = 'its header'): void {
    if (offset >= 0 && length >= 0 && offset + length <= this.size) return
    throw new CheckpointError(
      'corrupt',
      `${what} claims ${length} bytes from ${offset} on and the file has ${this.size}`,
      'it is truncated or damaged: fetch it again',
    )
  }

  head(length: number): Promise<Uint8Array> {
    return this.read(0, Math.min(length, this.size))
  }

  /** A part of the file. */
  region(start: number, size: number, what?: string): Bytes {
    this.check(start, size, what)
    return within(this, start, size)
  }

  /** The bytes of a part of the file in pieces, to stream through. */
  async *pieces(start: number, size: number): AsyncGenerator<Uint8Array> {
    const step = 2 ** 20
    for (let at = 0; at < size; at += step) yield await this.read(start + at, Math.min(step, size - at))
  }

  /** The CRC-32 of a part of the file. */
  async checksum(start: number, size: number): Promise<number> {
    const bytes = new Uint8Array(Math.min(size, 2 ** 20)) // one for all: they would be garbage faster than it is collected
    let sum = 0
    await this.opened(async () => {
      const handle = await this.#handle!
      for (let done = 0; done < size; ) {
        const step = Math.min(bytes.length, size - done)
        const { bytesRead } = await guarding('it cannot be read', () => handle.read(bytes, 0, step, start + done))
        if (bytesRead === 0) throw new CheckpointError('corrupt', 'the file became shorter while it was read')
        sum = crc32(bytes.subarray(0, bytesRead), sum)
        done += bytesRead
      }
    })
    return sum
  }

  /** Books bytes that something in the file unpacks to. */
  claim(bytes: number, what: string): void {
    this.#claimed += bytes
    const limit = Math.max(freeExpansion, maximumExpansion * this.size)
    if (this.#claimed <= limit) return
    throw new CheckpointError(
      'refused',
      `${what} brings what the file unpacks to up to ${this.#claimed} bytes, from ${this.size}`,
      `at most ${limit} are unpacked from a file of this size`,
    )
  }
}

/** A part of other bytes. */
export const within = (bytes: Bytes, start: number, size: number): Bytes => ({
  size,
  read: (offset, length) => bytes.read(start + offset, length),
  head: (length) => bytes.read(start, Math.min(length, size)),
  ...(bytes.place && { place: async () => start + (await bytes.place!()) }),
})

/** Bytes that are in memory already. */
export const inMemory = (bytes: Uint8Array): Bytes => ({
  size: bytes.length,
  read: async (offset, length) => bytes.slice(offset, offset + length),
  head: async (length) => bytes.slice(0, length),
})
