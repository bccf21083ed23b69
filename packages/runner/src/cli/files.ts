import { existsSync } from 'node:fs'
import { basename, dirname, extname, join, relative, resolve } from 'node:path'
import { CupelError } from '@cupel/core'
import { extensions } from '@cupel/image'
import { findImages } from '../plan/images.js'
import { isFolder, makeFolder } from '../store/folder.js'

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
  const files = await findImages([input], cwd)
  const list = files.length > 1 || isFolder(from)
  const named = extensions.includes(extname(to).toLowerCase()) && !isFolder(to)
  if (!list && named) {
    if (extname(to).toLowerCase() !== '.png')
      throw new CupelError(`${out}: results are written as PNG, expected a name that ends in .png`)
    makeFolder(dirname(to))
    return [{ from: files[0]!, to }]
  }
  if (named || (existsSync(to) && !isFolder(to))) {
    const what = existsSync(to) ? 'is a file' : 'is the name of one image'
    throw new CupelError(
      `${out} ${what}; ${list ? `the results of ${input} need a folder: name one` : 'expected a name that ends in .png, or a folder'}`,
    )
  }
  const results = files.map((file) => ({
    from: file,
    to: asPng(join(to, isFolder(from) ? relative(from, file) : basename(file))),
  }))
  const sources = new Map<string, string>()
  for (const result of results) {
    const other = sources.get(result.to)
    if (other)
      throw new CupelError(`${other} and ${result.from} would both be written to ${result.to}; rename one of them`)
    sources.set(result.to, result.from)
  }
  for (const result of results) makeFolder(dirname(result.to))
  return results
}
