import { crc32, createInflateRaw } from 'node:zlib'
import { type Entry, fromFdPromise } from 'yauzl'
import { CheckpointError, guarding } from './error.js'
import type { Bytes, CheckpointFile } from './file.js'
import { Packed } from './inflate.js'

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
  readonly place?: () => Promise<number>
  /** The entry without regard to its checksum. */
  readonly #bytes: Bytes
  readonly #sum: () => Promise<number>
  readonly #name: string
  readonly #checksum: number
  #checked: boolean

  constructor(file: CheckpointFile, entry: Entry, start: number) {
    const { fileName, compressionMethod, compressedSize, uncompressedSize } = entry
    if (compressionMethod !== stored && compressionMethod !== deflated) {
      const found = `its entry ${fileName} is compressed by method ${compressionMethod}`
      throw new CheckpointError('unsupported', found, 'known are stored (0) and deflated (8)')
    }
    const region = file.region(start, compressedSize, `its entry ${fileName}`)
    file.claim(uncompressedSize, `its entry ${fileName}`)
    this.size = uncompressedSize
    const packed = () => file.pieces(start, compressedSize)
    this.#bytes = compressionMethod === stored ? region : new Packed(uncompressedSize, createInflateRaw, packed)
    this.#sum = () => file.checksum(start, compressedSize)
    this.#name = fileName
    this.#checksum = entry.crc32
    if (compressionMethod === stored) {
      this.place = async () => {
        if (!this.#checked) this.#check(await this.#sum())
        return start
      }
    }
    // PyTorch can be told to write no checksums; the field is 0 then.
    this.#checked = entry.crc32 === 0
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    if (this.#checked) return this.#bytes.read(offset, length)
    if (this.#bytes instanceof Packed) {
      const whole = await this.#bytes.read(0, this.size)
      this.#check(crc32(whole))
      return whole.subarray(offset, offset + length)
    }
    const bytes = await this.#bytes.read(offset, length)
    this.#check(length === this.size ? crc32(bytes) : await this.#sum())
    return bytes
  }

  head(length: number): Promise<Uint8Array> {
    return this.#bytes.head(length)
  }

  #check(sum: number): void {
    if (sum !== this.#checksum) {
      throw new CheckpointError('corrupt', `the checksum of its entry ${this.#name} is wrong`, 'fetch the file again')
    }
    this.#checked = true
  }
}
