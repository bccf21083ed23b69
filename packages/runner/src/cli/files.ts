import { existsSync } from 'node:fs'
import { basename, dirname, extname, join, relative, resolve } from 'node:path'
import { CupelError } from '@cupel/core'
import { findImages } from '../plan/images.js'
import { showProgress } from '../progress.js'
import { isFolder, makeFolder } from '../store/folder.js'
import { isForPeople } from './common.js'

/** An image to read and the PNG file that its result goes to. */
export interface Target {
  readonly from: string
  readonly to: string
}

const asPng = (path: string): string => `${path.slice(0, path.length - extname(path).length)}.png`

/**
 * Where results of IMAGE or FOLDER go under OUT: one image to the file OUT (if it is named like one) or into the folder OUT, a folder's
 * images to the same relative names in the folder OUT. Results are PNG, since a lossy file would be another image. A name with an ending is a
 * file's unless a folder has it, or it is written with a slash.
 *
 * @throws {CupelError} when OUT cannot hold them
 */
export async function targets(input: string, out: string, cwd: string): Promise<Target[]> {
  const from = resolve(cwd, input)
  const to = resolve(cwd, out)
  const files = await findImages([input], cwd)
  const list = files.length > 1 || isFolder(from)
  const file = existsSync(to) ? !isFolder(to) : /\.[a-z]\w*$/i.test(out)
  if (file && !list && extname(to).toLowerCase() === '.png') {
    makeFolder(dirname(to))
    return [{ from: files[0]!, to }]
  }
  if (file) {
    const what = existsSync(to) ? 'is a file' : 'is the name of a file'
    const expected = list
      ? `the results of ${input} need a folder`
      : 'results are written as PNG: expected a name that ends in .png, or a folder'
    throw new CupelError(`${out} ${what}; ${expected}${existsSync(to) ? '' : ` (${out}/ makes one)`}`)
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

/** What was wrong, each reason once. */
function told(failures: ReadonlyMap<string, readonly string[]>, total: number): string {
  const lines = [...failures].map(([reason, [first, ...others]]) => {
    if (others.length > 0) return `${reason} (${first} and ${others.length} more)`
    return reason.includes(first!) ? reason : `${first}: ${reason}`
  })
  const count = [...failures.values()].flat().length
  return [`${count} of ${total} images could not be used:`, ...lines].join('\n  ')
}

/**
 * Does something with one image after another and shows how far that is. An image that it fails with is left out and holds up no other.
 *
 * @param path the file that an entry is about
 * @param show is handed what came of the others
 * @throws {CupelError} at the end, that names what was left out and why
 */
export async function eachImage<F, R>(
  files: readonly F[],
  path: (file: F) => string,
  work: (file: F) => Promise<R>,
  show: (results: readonly R[]) => void,
): Promise<void> {
  const progress = showProgress(files.length, 'images')
  const results: R[] = []
  const failures = new Map<string, string[]>()
  for (const [i, file] of files.entries()) {
    try {
      results.push(await work(file))
    } catch (error) {
      if (files.length === 1 || !isForPeople(error)) throw error
      failures.set(error.message, [...(failures.get(error.message) ?? []), path(file)])
    }
    progress.update(i + 1)
  }
  progress.stop()
  if (results.length > 0) show(results)
  if (failures.size > 0) throw new CupelError(told(failures, files.length))
}
