import { CupelError } from '@cupel/core'
import { decode } from 'fast-bmp'
import sharp, { type Sharp } from 'sharp'

/** Whether the bytes begin as a Windows bitmap does. */
export const isBmp = (bytes: Uint8Array): boolean => bytes[0] === 0x42 && bytes[1] === 0x4d

/**
 * A 24-bit Windows bitmap, which libvips does not read and several quality data sets are stored in.
 *
 * @throws {CupelError} for any other kind of bitmap and for one that ends early; the message continues the file's name
 */
export function readBmp(bytes: Buffer, maxPixels: number): Sharp {
  const header = bytes.length < 54 ? undefined : new DataView(bytes.buffer, bytes.byteOffset, 54)
  if (!header) throw new CupelError('is a BMP file that ends within its header')
  const [offset, width, height] = [header.getUint32(10, true), header.getInt32(18, true), header.getInt32(22, true)]
  const [depth, compression] = [header.getUint16(28, true), header.getUint32(30, true)]
  if (depth !== 24 || compression !== 0 || width < 1 || height < 1) {
    throw new CupelError('is a BMP file of a kind that is not read (only 24-bit ones are); convert it to PNG')
  }
  if (width * height > maxPixels) throw tooLarge(width, height, maxPixels)
  const needed = offset + height * 4 * Math.ceil((3 * width) / 4)
  if (bytes.length < needed) {
    throw new CupelError(`is a truncated BMP file: ${needed} bytes expected, ${bytes.length} found`)
  }
  return sharp(decode(bytes).data as Uint8Array, { raw: { width, height, channels: 3 } })
}

/** What is thrown for an image of too many pixels, by whichever decoder. */
export const tooLarge = (width: number, height: number, maxPixels: number): CupelError =>
  new CupelError(
    `has ${width} x ${height} pixels, more than the ${maxPixels} that are read; raise maxPixels or scale it down`,
  )
