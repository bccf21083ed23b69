import { crc32, createInflateRaw } from 'node:zlib'
import { type Entry, fromFdPromise } from 'yauzl'
import { CheckpointError, guarding } from './error.js'
import type { Bytes, CheckpointFile } from './file.js'
import { inflated } from './inflate.js'

/** The entries of a zip file by name. Their bytes are read by position; checksums are checked the first time. */
export async function readZip(file: CheckpointFile): Promise<Map<string, ZipEntry>> {
  return file.opened((descriptor) =>
    guarding('the zip file is truncated or damaged', async () => {
      const zip = await fromFdPromise(descriptor, { autoClose: false })
      const entries = new Map<string, ZipEntry>()
      for await (const entry of zip.eachEntry()) {
        if (entry.isEncrypted()) throw new CheckpointError('unsupported', `its entry ${entry.fileName} is encrypted`)
        const { fileDataStart } = await zip.readLocalFileHeaderPromise(entry, { minimal: true })
        entries.set(entry.fileName, new ZipEntry(file, entry, fileDataStart))
      }
      return entries
    }),
  )
}

const stored = 0
const deflated = 8

/** One entry of a zip file. */
export class ZipEntry implements Bytes {
  readonly size: number
  #checked = false

  constructor(
    private readonly file: CheckpointFile,
    private readonly entry: Entry,
    private readonly start: number,
  ) {
    const { fileName, compressionMethod, compressedSize, uncompressedSize } = entry
    if (compressionMethod !== stored && compressionMethod !== deflated) {
      const found = `its entry ${fileName} is compressed by method ${compressionMethod}`
      throw new CheckpointError('unsupported', found, 'known are stored (0) and deflated (8)')
    }
    file.check(start, compressedSize, `its entry ${fileName}`)
    file.claim(uncompressedSize, `its entry ${fileName}`)
    this.size = uncompressedSize
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    if (this.entry.compressionMethod === deflated) return (await this.#inflate()).slice(offset, offset + length)
    const bytes = await this.file.read(this.start + offset, length)
    if (!this.#checked) await this.#check(length === this.size ? [bytes] : this.#chunks())
    return bytes
  }

  /** Up to so many bytes from the start, for a look at a header: nothing else is unpacked, and no checksum checked. */
  async head(length: number): Promise<Uint8Array> {
    const wanted = Math.min(length, this.size)
    if (this.entry.compressionMethod === stored) return this.file.read(this.start, wanted)
    return inflated(createInflateRaw(), this.#chunks(), wanted, 'head')
  }

  async #inflate(): Promise<Uint8Array> {
    const bytes = await inflated(createInflateRaw(), this.#chunks(), this.size, 'all')
    if (!this.#checked) await this.#check([bytes])
    return bytes
  }

  /** The bytes as they lie in the file. */
  async *#chunks(): AsyncGenerator<Uint8Array> {
    const step = 2 ** 20
    for (let at = 0; at < this.entry.compressedSize; at += step) {
      yield await this.file.read(this.start + at, Math.min(step, this.entry.compressedSize - at))
    }
  }

  async #check(chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): Promise<void> {
    let sum = 0
    for await (const chunk of chunks) sum = crc32(chunk, sum)
    // PyTorch can be told to write no checksums; the field is 0 then.
    if (this.entry.crc32 !== 0 && sum !== this.entry.crc32) {
      throw new CheckpointError(
        'corrupt',
        `the checksum of its entry ${this.entry.fileName} is wrong`,
        'fetch the file again',
      )
    }
    this.#checked = true
  }
}
