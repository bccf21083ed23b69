import { existsSync, mkdirSync, statSync } from 'node:fs'
import { basename, dirname, extname, join, relative, resolve } from 'node:path'
import { CupelError } from '@cupel/core'
import { extensions } from '@cupel/image'
import { findImages } from '../plan/images.js'

/** An image to read and the PNG file that its result goes to. */
export interface Target {
  readonly from: string
  readonly to: string
}

const asPng = (path: string): string => `${path.slice(0, path.length - extname(path).length)}.png`

/**
 * Where results of IMAGE or FOLDER go under OUT: one image to the file OUT (if it is named like one) or into the folder OUT, a folder's
 * images to the same relative names in the folder OUT. Results are PNG, since a lossy file would be another image.
 *
 * @throws {CupelError} when OUT cannot hold them
 */
export async function targets(input: string, out: string, cwd: string): Promise<Target[]> {
  const from = resolve(cwd, input)
  const to = resolve(cwd, out)
  const isFolder = existsSync(from) && statSync(from).isDirectory()
  const files = await findImages([input], cwd)
  const list = files.length > 1 || isFolder
  const named = extensions.includes(extname(to).toLowerCase())
  if (!list && named) {
    if (extname(to).toLowerCase() !== '.png')
      throw new CupelError(`${out}: results are written as PNG, expected a name that ends in .png`)
    mkdirSync(dirname(to), { recursive: true })
    return [{ from: files[0]!, to }]
  }
  if (list && existsSync(to) && !statSync(to).isDirectory())
    throw new CupelError(`${out} is a file; the results of several images need a folder`)
  const base = isFolder ? from : undefined
  return files.map((file) => {
    const target = asPng(join(to, base ? relative(base, file) : basename(file)))
    mkdirSync(dirname(target), { recursive: true })
    return { from: file, to: target }
  })
}
