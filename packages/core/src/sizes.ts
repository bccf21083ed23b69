import { Unavailable } from './errors.js'
import type { Image } from './image.js'

type Sides = Pick<Image, 'width' | 'height'>

/** The most pixels of any result: three planes of them are 2^31 - 1 values, beyond which runtimes and files lose count. */
const MOST = Math.floor((2 ** 31 - 1) / 3)

const counted = (pixels: number): string => pixels.toLocaleString('en-GB')

/**
 * Checks that an image that is larger than what it is made from can be made, before memory is asked for.
 *
 * @param width and
 * @param height of the result
 * @param what how the error calls what makes it
 * @param most pixels of the result; what an array can hold (715,827,882) unless told less
 * @throws {Unavailable} for results of more pixels, saying how many there would be and what to do
 */
export function checkOutput(width: number, height: number, what: string, most = MOST): void {
  const limit = Math.min(most, MOST)
  if (width * height <= limit) return
  throw new Unavailable(
    `${what}: the result would have ${width} x ${height} pixels, expected at most ${counted(limit)}; ` +
      'enlarge less, or resize or crop the image first',
  )
}

/**
 * Checks that a network that looks at the whole image can run on it at once.
 *
 * @param most pixels that it takes whole
 * @param instead what else may be done, as in `or set large: 'tile'`; nothing unless told
 * @throws {Unavailable} for images of more pixels
 */
export function checkWhole({ width, height }: Sides, what: string, most: number, instead = ''): void {
  if (width * height <= most) return
  throw new Unavailable(
    `${what} looks at an image as a whole, up to ${counted(most)} pixels, found ${width} x ${height}; ` +
      `resize or crop the image first${instead && `, ${instead}`}`,
  )
}

/** The fact `sizes` of what looks at the whole image. @param larger what becomes of larger ones; refused unless told */
export const wholeUpTo = (pixels: number, larger = 'refused'): string =>
  `whole up to ${counted(pixels)} pixels, larger ${larger}`

/** The fact `sizes` of what looks around every pixel only. @param side of the largest tile */
export const tiledAbove = (side: number): string => `tiles above ${side} x ${side}, to the same result`

/**
 * The notes of a result that a network that looks at the whole image gave of tiles: the flag `tiled`, and how many there were. Of one tile there is nothing to note.
 */
export const tiledNotes = (tiles: number): { readonly notes?: { readonly flag: 'tiled'; readonly tiles: number } } =>
  tiles > 1 ? { notes: { flag: 'tiled', tiles } } : {}
