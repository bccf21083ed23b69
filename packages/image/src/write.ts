import { randomUUID } from 'node:crypto'
import { rename, rm, writeFile } from 'node:fs/promises'
import { extname } from 'node:path'
import { CupelError, type Image } from '@cupel/core'
import { toSharp } from './sharp.js'

/**
 * The image as an 8-bit RGB PNG without metadata. The same image gives the same bytes with the same version of sharp.
 * Every value is rounded to the nearest k/255, so an image whose values are of that form is kept exactly.
 */
export const encodePng = (image: Image): Promise<Buffer> =>
  toSharp(image).png({ compressionLevel: 6, adaptiveFiltering: false, palette: false }).toBuffer()

/**
 * Writes an image as PNG, whole or not at all: under a temporary name in the same folder first, then renamed.
 *
 * @param path ends in .png; its folder exists
 * @throws {CupelError} when the name asks for a lossy format or the file cannot be written
 */
export async function writeImage(image: Image, path: string): Promise<void> {
  if (extname(path).toLowerCase() !== '.png') {
    throw new CupelError(`images are written as PNG, which loses nothing; give ${path} a name that ends in .png`)
  }
  const unfinished = `${path}.${randomUUID()}.tmp`
  const bytes = await encodePng(image)
  try {
    await writeFile(unfinished, bytes)
    await rename(unfinished, path)
  } catch (error) {
    await rm(unfinished, { force: true }).catch(() => {})
    throw new CupelError(`${path} cannot be written: ${(error as Error).message}`, { cause: error })
  }
}
