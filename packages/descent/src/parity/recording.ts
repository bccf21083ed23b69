import type { Image } from '@cupel/core'

/** Single-precision values as base64 of their little-endian bytes. */
type Packed = string

/** A run of a reference implementation, as fixtures/reference.py writes it. */
export interface Recording {
  readonly better: 'higher' | 'lower'
  readonly width: number
  readonly height: number
  readonly source: Packed
  /**
   * Every image that the reference asked the network about, in order, with what it got; a black-box attack gets
   * scores alone.
   */
  readonly steps: readonly { readonly image: Packed; readonly gradient?: Packed; readonly score: number }[]
  /** Of a training, the images that it was given, and which of them each step took. */
  readonly training?: { readonly images: readonly Packed[]; readonly order: readonly number[] }
  readonly attacked: Packed
  /** The network's score of the attacked image. */
  readonly score: number
}

/** The values behind a packed field. */
export function unpack(packed: Packed): Float32Array {
  const bytes = Uint8Array.from(Buffer.from(packed, 'base64'))
  return new Float32Array(bytes.buffer)
}

/** A packed field as an image of the recording's sides. */
export const imageIn = ({ width, height }: Recording, packed: Packed): Image => ({
  width,
  height,
  data: unpack(packed),
})
