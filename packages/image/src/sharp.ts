import { fromBytes, type Image, toBytes, Unavailable } from '@cupel/core'
import sharp, { type Sharp } from 'sharp'

/**
 * The image that a sharp instance gives, as 8-bit sRGB:
 * - gray is repeated in R, G and B; CMYK and embedded colour profiles are converted to sRGB (by sharp);
 * - 16 bits a channel are rounded to the nearest 8-bit value (v / 257), not cut off;
 * - alpha is composited over white, which is how a page shows it.
 *
 * @param instance any sharp pipeline; it is cloned and stays usable
 * @returns values that are multiples of 1/255
 */
export async function fromSharp(instance: Sharp): Promise<Image> {
  return decoded(instance.clone(), (await instance.metadata()).depth === 'ushort')
}

/** The image at the end of a pipeline whose samples have 16 bits (`deep`) or fewer. */
async function decoded(pipeline: Sharp, deep: boolean): Promise<Image> {
  const { data, info } = await pipeline
    .toColourspace(deep ? 'rgb16' : 'srgb')
    .raw({ depth: deep ? 'ushort' : 'uchar' })
    .toBuffer({ resolveWithObject: true })
  const values = deep ? new Uint16Array(data.buffer, data.byteOffset, data.byteLength / 2) : data
  return opaque(info.width, info.height, info.channels, values, deep ? 65535 : 255)
}

/**
 * What a lossy codec leaves of an image: encoded, then decoded again.
 *
 * @param encode for example `(pixels) => pixels.jpeg({ quality: 50 })`
 * @throws {Unavailable} when the codec cannot hold the image, WebP for one that is more than 16383 pixels wide
 */
export async function recoded(image: Image, encode: (pixels: Sharp) => Sharp): Promise<Image> {
  const encoded = await encode(toSharp(image))
    .toBuffer()
    .catch((error: Error) => {
      throw new Unavailable(
        `an image of ${image.width} x ${image.height} pixels cannot be encoded: ${error.message.trim()}; resize or crop it first`,
      )
    })
  return decoded(sharp(encoded, { limitInputPixels: false }), false)
}

/** Interleaved samples of 1 (gray), 2 (gray, alpha), 3 or 4 (RGB, alpha) channels as an image, alpha composited over white. */
function opaque(width: number, height: number, channels: number, values: ArrayLike<number>, top: number): Image {
  if (channels === 3 && top === 255) return fromBytes(width, height, values)
  const area = width * height
  const colours = channels < 3 ? 1 : 3
  const hasAlpha = channels > colours
  const data = new Float32Array(3 * area)
  for (let channel = 0; channel < 3; channel++) {
    const plane = channel * area
    const first = colours === 1 ? 0 : channel
    for (let i = 0; i < area; i++) {
      const value = values[i * channels + first]!
      const alpha = hasAlpha ? values[i * channels + colours]! / top : 1
      data[plane + i] = Math.round(255 * ((value / top) * alpha + 1 - alpha)) / 255
    }
  }
  return { width, height, data }
}

/** The image as a sharp instance of 8-bit RGB (values clamped and rounded to the nearest), for codecs and further processing. */
export function toSharp(image: Image): Sharp {
  const { width, height } = image
  const bytes = toBytes(image)
  return sharp(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), {
    raw: { width, height, channels: 3 },
    limitInputPixels: false,
  })
}
