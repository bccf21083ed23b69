import { existsSync, statSync } from 'node:fs'
import { dirname, extname, join, relative, resolve } from 'node:path'
import { CupelError, digest } from '@cupel/core'
import { extensions, readImage } from '@cupel/image'
import { glob, isDynamicPattern } from 'tinyglobby'
import { readNamed } from '../named.js'
import type { SourceImage } from '../work/job.js'

/** An image of a run, or why there is none: a file that cannot be read fails its own rows and no others. */
export type RunImage = SourceImage | { readonly name: string; readonly path: string; readonly problem: string }

const isImageName = (path: string): boolean => extensions.includes(extname(path).toLowerCase())

/** The files that one argument of a command line means, in a stable order. */
async function expand(argument: string, cwd: string): Promise<string[]> {
  if (argument.startsWith('@')) {
    const list = resolve(cwd, argument.slice(1))
    const lines = readNamed(argument, list)
      .split(/\r?\n/)
      .map((line) => line.trim())
    const files = lines
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line) => resolve(dirname(list), line))
    if (files.length === 0) throw new CupelError(`${argument}: the list is empty; expected one path on each line`)
    return files
  }
  const path = resolve(cwd, argument)
  if (!existsSync(path)) {
    if (isDynamicPattern(argument)) {
      const files = (await glob(argument, { cwd, absolute: true, onlyFiles: true })).filter(isImageName).sort()
      if (files.length > 0) return files
      throw new CupelError(`${argument}: matches no image (${extensions.join(' ')})`)
    }
    throw new CupelError(`${argument}: no such file or folder`)
  }
  if (!statSync(path).isDirectory()) return [path]
  const files = (await glob('**/*', { cwd: path, absolute: true, onlyFiles: true })).filter(isImageName).sort()
  if (files.length === 0) throw new CupelError(`${argument}: a folder without images (${extensions.join(' ')})`)
  return files
}

/**
 * The files that IMAGES mean: files, folders, globs or @LIST, each file once, in the order given.
 *
 * @throws {CupelError} when an argument means none
 */
export async function findImages(
  images: readonly string[],
  cwd: string,
  limit = Number.POSITIVE_INFINITY,
): Promise<string[]> {
  const files = new Set<string>()
  for (const argument of images) for (const file of await expand(argument, cwd)) files.add(file)
  if (files.size === 0) throw new CupelError('no images: name files, folders, globs or @LIST (a text file of paths)')
  return [...files].slice(0, limit)
}

/** The folder that all files are in, so that names are as short as can be and still differ. */
function commonFolder(files: readonly string[]): string {
  let folder = dirname(files[0]!)
  while (!files.every((file) => file.startsWith(join(folder, '/')))) folder = dirname(folder)
  return folder
}

/** What a run calls its images: their paths below the folder that holds them all. */
export function namesOf(files: readonly string[]): string[] {
  const folder = commonFolder(files)
  return files.map((file) => relative(folder, file))
}

/** Reads images once, to know their size and what they are. */
export async function openImages(files: readonly string[], onRead: () => void = () => {}): Promise<RunImage[]> {
  const names = namesOf(files)
  const images: RunImage[] = []
  for (const [i, path] of files.entries()) {
    const name = names[i]!
    try {
      const image = await readImage(path)
      images.push({ name, path, sha256: digest(image), width: image.width, height: image.height })
    } catch (error) {
      images.push({ name, path, problem: (error as Error).message })
    }
    onRead()
  }
  const unreadable = images.flatMap((image) => ('problem' in image ? [image.problem] : []))
  if (unreadable.length === images.length) throw new CupelError(unreadable.join('\n'))
  return images
}
