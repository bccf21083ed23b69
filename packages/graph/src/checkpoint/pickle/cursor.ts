import { CheckpointError } from '../error.js'

/** The pickle goes on beyond the bytes at hand: it is truncated, unless the file has more. */
export class PickleEnds extends CheckpointError {
  constructor() {
    super('corrupt', 'the pickle ends in the middle', 'the file is truncated: fetch it again')
  }
}

/** Reads the arguments of opcodes off the bytes of a pickle. */
export class Cursor {
  at = 0
  readonly #view: DataView

  constructor(readonly bytes: Uint8Array) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  /** Moves past so many bytes and returns where they start. */
  #pass(length: number): number {
    if (length > this.bytes.length - this.at) throw new PickleEnds()
    this.at += length
    return this.at - length
  }

  uint8 = (): number => this.#view.getUint8(this.#pass(1))
  uint16 = (): number => this.#view.getUint16(this.#pass(2), true)
  uint32 = (): number => this.#view.getUint32(this.#pass(4), true)
  int32 = (): number => this.#view.getInt32(this.#pass(4), true)
  float64 = (): number => this.#view.getFloat64(this.#pass(8), false)

  uint64(): number {
    const value = this.#view.getBigUint64(this.#pass(8), true)
    if (value > Number.MAX_SAFE_INTEGER)
      throw new CheckpointError('corrupt', `the pickle claims ${value} bytes at once`)
    return Number(value)
  }

  take(length: number): Uint8Array {
    const start = this.#pass(length)
    return this.bytes.subarray(start, start + length)
  }

  text = (length: number, encoding: BufferEncoding = 'utf8'): string => {
    const { buffer, byteOffset } = this.take(length)
    return Buffer.from(buffer, byteOffset, length).toString(encoding)
  }

  latin1 = (length: number): string => this.text(length, 'latin1')

  /** A line of the text opcodes, without its newline. */
  line(): string {
    const end = this.bytes.indexOf(0x0a, this.at)
    if (end < 0) throw new PickleEnds()
    return this.latin1(end + 1 - this.at).slice(0, -1)
  }

  /** A two's complement integer of so many bytes, least significant first. */
  long(length: number): number | bigint {
    if (length > 256) throw new CheckpointError('corrupt', `the pickle has an integer of ${length} bytes`)
    const digits = Buffer.from(this.take(length)).reverse().toString('hex')
    return integer(BigInt.asIntN(length * 8, BigInt(`0x${digits || '0'}`)))
  }
}

/** A number if it can carry the integer, the bigint otherwise. */
export const integer = (value: bigint): number | bigint =>
  value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? Number(value) : value
