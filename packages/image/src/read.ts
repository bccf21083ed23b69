import { readFile } from 'node:fs/promises'
import { CupelError, type Image, isCupelError } from '@cupel/core'
import icc from 'icc'
import sharp, { type Sharp } from 'sharp'
import { isBmp, readBmp, tooLarge } from './bmp.js'
import { fromSharp } from './sharp.js'

/** Endings, in lower case, of the files that {@link readImage} reads; the content decides, not the name. */
export const extensions: readonly string[] = [
  '.png',
  '.jpg',
  '.jpeg',
  '.webp',
  '.avif',
  '.gif',
  '.tif',
  '.tiff',
  '.bmp',
]

/** The formats behind {@link extensions}, as sharp calls them. */
const formats = ['png', 'jpeg', 'webp', 'heif', 'gif', 'tiff']

export interface ReadOptions {
  /** More pixels than this are refused before they are decoded; 100 million unless told (1.2 GB as floats). */
  readonly maxPixels?: number
}

/**
 * Reads an image file as 8-bit RGB, whatever it holds: EXIF orientation is applied; of several frames or pages the first is
 * taken; for gray, alpha, 16 bits, CMYK and colour profiles see {@link fromSharp}. A profile that says it is sRGB is not
 * applied, so that the values of such a file are kept exactly.
 *
 * @param input a path, or the bytes of a file
 * @throws {CupelError} that names the file and says what is wrong with it: missing, empty, not an image, truncated, too large
 */
export async function readImage(input: string | Uint8Array, { maxPixels = 1e8 }: ReadOptions = {}): Promise<Image> {
  const name = typeof input === 'string' ? input : 'the buffer'
  const bytes =
    typeof input === 'string' ? await load(input) : Buffer.from(input.buffer, input.byteOffset, input.length)
  try {
    if (bytes.length === 0) throw new CupelError('is empty (0 bytes)')
    return await fromSharp(isBmp(bytes) ? readBmp(bytes, maxPixels) : await open(bytes, maxPixels))
  } catch (error) {
    const what = isCupelError(error) ? error.message : `cannot be decoded, it may be truncated: ${reason(error)}`
    throw new CupelError(`${name} ${what}`, { cause: error })
  }
}

async function load(path: string): Promise<Buffer> {
  try {
    return await readFile(path)
  } catch (error) {
    const problems: Record<string, string> = {
      ENOENT: 'does not exist',
      EISDIR: 'is a folder, not an image file',
      EACCES: 'cannot be read: permission denied',
    }
    const { code = '', message } = error as NodeJS.ErrnoException
    throw new CupelError(`${path} ${problems[code] ?? `cannot be read: ${message}`}`, { cause: error })
  }
}

/** The file as an upright sharp instance, its header checked. */
async function open(bytes: Buffer, maxPixels: number): Promise<Sharp> {
  const options = { failOn: 'error', limitInputPixels: false } as const
  const metadata = await sharp(bytes, options)
    .metadata()
    .catch((error: Error) => {
      if (!error.message.includes('unsupported image format')) throw error
    })
  if (!metadata || !formats.includes(metadata.format)) {
    throw new CupelError(`is not an image of a kind that is read (${extensions.join(' ')}); ${beginning(bytes)}`)
  }
  const { width, height, icc: profile } = metadata
  if (width * height > maxPixels) throw tooLarge(width, height, maxPixels)
  return sharp(bytes, { ...options, ignoreIcc: profile !== undefined && saysSrgb(profile) }).autoOrient()
}

/** Whether an embedded colour profile calls itself sRGB. */
function saysSrgb(profile: Buffer): boolean {
  try {
    return /\bsRGB\b/.test(icc.parse(profile).description ?? '')
  } catch {
    return false
  }
}

/** How a file begins, for whoever must find out what it is. */
function beginning(bytes: Buffer): string {
  const shown = bytes.toString('latin1', 0, 16).replace(/[^ -~]/g, '.')
  return `it begins with "${shown}"`
}

/** The first line of what the decoder said. */
const reason = (error: unknown): string =>
  String((error as Error).message)
    .split('\n')[0]!
    .trim()
