import { Readable } from 'node:stream'
import type { Inflate, InflateRaw } from 'node:zlib'
import { CheckpointError, guarding } from './error.js'
import type { Bytes } from './file.js'

/** Bytes that are packed. Each read unpacks from the start, so nothing unpacked is kept; read what belongs together at once. */
export class Packed implements Bytes {
  /**
   * @param size Unpacked bytes, as a header states them.
   * @param packed The packed bytes, in pieces.
   */
  constructor(
    readonly size: number,
    private readonly unpacker: () => Inflate | InflateRaw,
    private readonly packed: () => AsyncIterable<Uint8Array>,
  ) {}

  async read(offset: number, length: number): Promise<Uint8Array> {
    const bytes = await this.#unpack(this.size, 'all')
    return bytes.subarray(offset, offset + length)
  }

  head(length: number): Promise<Uint8Array> {
    return this.#unpack(Math.min(length, this.size), 'head')
  }

  /**
   * Exactly `size` bytes (`all`: what is packed must be of that size) or up to `size` of them (`head`: the rest stays packed). No
   * more than that is held, whatever the packed data go on to say.
   */
  async #unpack(size: number, part: 'all' | 'head'): Promise<Uint8Array> {
    const bytes = new Uint8Array(size)
    let done = 0
    await guarding('its compressed data are damaged', async () => {
      const unpacker = this.unpacker()
      const source = Readable.from(this.packed())
      source.on('error', (error) => unpacker.destroy(error))
      try {
        for await (const chunk of source.pipe(unpacker) as AsyncIterable<Buffer>) {
          if (part === 'all' && chunk.length > size - done) throw mismatch(size, 'more')
          bytes.set(chunk.subarray(0, size - done), done)
          done = Math.min(size, done + chunk.length)
          if (part === 'head' && done === size) break
        }
      } finally {
        source.destroy()
        unpacker.destroy()
      }
    })
    if (part === 'all' && done < size) throw mismatch(size, 'less')
    return bytes.subarray(0, done)
  }
}

const mismatch = (size: number, found: 'more' | 'less'): CheckpointError =>
  new CheckpointError(
    'corrupt',
    `its header states ${size} unpacked bytes and the data unpack to ${found}`,
    'fetch the file again',
  )
