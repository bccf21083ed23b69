import { createHash } from 'node:crypto'
import { CupelError } from './errors.js'

/** An RGB image of real numbers. Values are never mutated: whoever needs other values makes another image. */
export interface Image {
  /** Pixels in a row. */
  readonly width: number
  /** Rows. */
  readonly height: number
  /** Three planes, R then G then B, each `height` rows of `width` values in 0..1; length 3 * height * width. */
  readonly data: Float32Array
}

/** The image alone, without what else a result carries: its notes, its pullback. */
export const bare = ({ width, height, data }: Image): Image => ({ width, height, data })

const at = (index: number, { width, height }: Image): string => {
  const area = width * height
  return `channel ${'RGB'[Math.floor(index / area)]}, row ${Math.floor((index % area) / width)}, column ${index % width}`
}

/**
 * Checks that `image` is one: whole positive sides, three planes of that size, every value finite and in 0..1.
 *
 * @param image the value to check
 * @param what how the error calls it, for example `'output of jpeg'`
 * @returns the image itself
 * @throws {CupelError} that names the first offence
 */
export function checkImage<I extends Image>(image: I, what = 'image'): I {
  const { width, height, data } = image ?? {}
  if (!Number.isInteger(width) || !Number.isInteger(height) || width < 1 || height < 1) {
    throw new CupelError(`${what}: sides must be whole numbers of at least 1, found ${width} x ${height}`)
  }
  if (!(data instanceof Float32Array) || data.length !== 3 * width * height) {
    const found = data instanceof Float32Array ? `${data.length} values` : `${Object.prototype.toString.call(data)}`
    throw new CupelError(
      `${what}: expected a Float32Array of 3 x ${height} x ${width} = ${3 * width * height} values, found ${found}`,
    )
  }
  if (plainly(data)) return image
  for (let i = 0; i < data.length; i++) {
    const value = data[i]!
    // Written so that NaN fails too.
    if (!(value >= 0 && value <= 1)) throw new CupelError(`${what}: ${value} at ${at(i, image)} is not within 0..1`)
  }
  return image
}

/** The bits of 1; those of the values from 0 to 1 are the whole numbers up to them. */
const ONE = 0x3f800000

/** Whether all values are within 0..1, told from their bits in a third of the time that comparing them takes; -0 is not seen to be. */
function plainly(data: Float32Array): boolean {
  const bits = new Int32Array(data.buffer, data.byteOffset, data.length)
  // Its sign is set by any number that is negative, or greater than ONE.
  let offence = 0
  for (let i = 0; i < bits.length; i++) {
    const value = bits[i]!
    offence |= value | (ONE - value)
  }
  return offence >= 0
}

/** An image of the given sides whose values are `value(i)`, i counting through the three planes. Values are not clamped. */
export function imageOf(width: number, height: number, value: (index: number) => number): Image {
  const data = new Float32Array(3 * width * height)
  for (let i = 0; i < data.length; i++) data[i] = value(i)
  return { width, height, data }
}

/** The image with every value brought into 0..1. NaN stays NaN, so that {@link checkImage} still finds it. */
export const clamped = ({ width, height, data }: Image): Image => ({
  width,
  height,
  data: data.map((value) => Math.min(1, Math.max(0, value))),
})

/** The image as 8-bit RGB, interleaved (R, G, B of each pixel): clamped and rounded to nearest, never truncated. */
export function toBytes({ width, height, data }: Image): Uint8ClampedArray {
  const area = width * height
  const bytes = new Uint8ClampedArray(3 * area)
  // The array clamps; NaN becomes 0.
  for (let i = 0; i < area; i++) {
    bytes[3 * i] = Math.floor(data[i]! * 255 + 0.5)
    bytes[3 * i + 1] = Math.floor(data[area + i]! * 255 + 0.5)
    bytes[3 * i + 2] = Math.floor(data[2 * area + i]! * 255 + 0.5)
  }
  return bytes
}

/** The 256 values of 8 bits. */
const levels = Float32Array.from({ length: 256 }, (_, level) => level / 255)

/** The image of 8-bit RGB values, interleaved; `bytes` holds 3 * width * height of them. */
export function fromBytes(width: number, height: number, bytes: ArrayLike<number>): Image {
  const area = width * height
  if (bytes.length !== 3 * area) {
    throw new CupelError(`expected 3 x ${width} x ${height} = ${3 * area} bytes of RGB, found ${bytes.length}`)
  }
  const data = new Float32Array(3 * area)
  for (let i = 0; i < area; i++) {
    data[i] = levels[bytes[3 * i]!]!
    data[area + i] = levels[bytes[3 * i + 1]!]!
    data[2 * area + i] = levels[bytes[3 * i + 2]!]!
  }
  return { width, height, data }
}

/** The image as it would be after being stored with 8 bits a channel: clamped, rounded to the nearest k/255. */
export const quantised = (image: Image): Image => fromBytes(image.width, image.height, toBytes(image))

/** SHA-256 (hex) of the sides and the exact float values: equal images, and only they, have equal digests. */
export function digest({ width, height, data }: Image): string {
  return createHash('sha256')
    .update(`${width}x${height}:`)
    .update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
    .digest('hex')
}
