import { CheckpointError } from './error.js'
import type { Bytes } from './file.js'

/** One data element of a MAT file: its type, and where its data are; the next one begins at `end`. */
export interface Element {
  readonly type: number
  readonly start: number
  readonly size: number
  readonly end: number
}

/** Reads the tagged elements that a MAT file is made of. Small neighbouring reads are served from one window. */
export class MatReader {
  #window: Buffer = Buffer.alloc(0)
  #from = 0

  constructor(
    readonly bytes: Bytes,
    readonly bigEndian: boolean,
  ) {}

  /** The element at a position, which has to end before `limit`. */
  async element(at: number, limit = this.bytes.size): Promise<Element> {
    if (at + 8 > limit) throw damaged(`it ends at ${limit} where an element should be`)
    const element = await this.tag(at)
    if (element.start + element.size > limit) {
      throw damaged(`one of its elements claims ${element.size} bytes from ${element.start} on and there are ${limit}`)
    }
    return { ...element, end: Math.min(element.end, limit) }
  }

  /** The element as its tag states it, whether or not there is that much. */
  async tag(at: number): Promise<Element> {
    const words = await this.#take(at, 8)
    const [first, second] = this.bigEndian
      ? [words.readUInt32BE(0), words.readUInt32BE(4)]
      : [words.readUInt32LE(0), words.readUInt32LE(4)]
    // Up to four bytes are kept in the tag itself.
    const small = first >>> 16
    if (small > 4) throw damaged(`one of its elements claims ${small} bytes within its tag`)
    if (small > 0) return { type: first & 0xffff, start: at + 4, size: small, end: at + 8 }
    // All but compressed elements are padded to whole words.
    const end = at + 8 + (first === 15 ? second : Math.ceil(second / 8) * 8)
    return { type: first, start: at + 8, size: second, end }
  }

  /** 32-bit integers: dimensions, flags and the like. */
  async integers({ type, start, size }: Element): Promise<number[]> {
    if ((type !== 5 && type !== 6) || size > 4 * 64)
      throw damaged(`it has ${size} bytes of type ${type} where sizes should be`)
    const data = await this.#take(start, size)
    return Array.from({ length: Math.floor(size / 4) }, (_, i) => {
      const value = this.bigEndian ? data.readInt32BE(i * 4) : data.readInt32LE(i * 4)
      if (value < 0 && type === 5) throw damaged(`it has the dimension ${value}`)
      return value
    })
  }

  async text({ type, start, size }: Element): Promise<string> {
    if (size > 2 ** 24) throw damaged(`it has a text of ${size} bytes`)
    const data = await this.#take(start, size)
    if (type === 1 || type === 2) return data.toString('latin1')
    if (type === 16) return data.toString('utf8')
    if (type !== 4 && type !== 17) throw damaged(`it has text of type ${type}`)
    const even = Buffer.from(data.subarray(0, size - (size % 2)))
    return (this.bigEndian ? even.swap16() : even).toString('utf16le')
  }

  async #take(at: number, length: number): Promise<Buffer> {
    const end = this.#from + this.#window.length
    if (at < this.#from || at + length > end) {
      const wanted = Math.min(Math.max(length, 2 ** 14), this.bytes.size - at)
      if (wanted < length) throw damaged(`it ends in the middle of ${length} bytes`)
      // At the start a look suffices: of what is packed, the rest stays packed.
      const read = at === 0 ? await this.bytes.head(wanted) : await this.bytes.read(at, wanted)
      this.#window = Buffer.from(read.buffer, read.byteOffset, read.byteLength)
      this.#from = at
    }
    return this.#window.subarray(at - this.#from, at - this.#from + length)
  }
}

export const damaged = (found: string): CheckpointError =>
  new CheckpointError(
    'corrupt',
    found,
    'expected a MATLAB file of version 5: it is truncated or damaged, fetch it again',
  )
