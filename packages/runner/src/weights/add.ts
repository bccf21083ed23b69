import { randomUUID } from 'node:crypto'
import { constants, existsSync, realpathSync } from 'node:fs'
import { copyFile, rename, rm, stat } from 'node:fs/promises'
import { basename, resolve } from 'node:path'
import { CupelError, getByHand, type Weights, weightsPath } from '@cupel/core'
import { type Declared, declaredFile } from './declared.js'
import { hashFile, remember } from './hash.js'
import { holding, needRoom, writing } from './place.js'
import { type State, verify } from './verify.js'

/** A file that was put into the weights folder. */
export interface Added {
  readonly file: string
  readonly path: string
  readonly sha256: string
  readonly state: State
}

/** Which declared file this is: the one that has its hash, else the one that has its name. */
async function recognise(source: string, files: ReadonlyMap<string, Declared>): Promise<Weights> {
  const name = basename(source)
  const byName = files.get(name)?.weights
  if (byName && !byName.sha256) return byName
  const sha256 = await hashFile(source)
  for (const { weights } of files.values()) if (weights.sha256?.toLowerCase() === sha256) return weights
  // It has the name of a file whose hash it has not: that will be said of it.
  if (byName) return byName
  const unhashed = [...files.values()].filter(({ weights }) => !weights.sha256).map(({ weights }) => weights.file)
  throw new CupelError(
    `${source} is no weights file that an installed plugin declares: neither its name nor its sha256 (${sha256}) is known; ` +
      (unhashed.length > 0
        ? `if it is one of ${unhashed.join(', ')}, say which: cupel weights add ${source} --as FILE`
        : `declared are: ${[...files.keys()].join(', ') || 'none'}`),
  )
}

/**
 * Copies a file into the weights folder, whole or not at all, once it is known to be one that an installed plugin declares: by its
 * published hash, else by its name.
 *
 * @param as the declared name, where the file has another one
 * @param say hears when another process has the file
 * @throws {CupelError} when it is unknown, of the wrong hash or size, an HTML page, or cannot be read or written
 */
export async function add(
  path: string,
  files: ReadonlyMap<string, Declared>,
  { as, say = () => {} }: { as?: string | undefined; say?: (line: string) => void } = {},
): Promise<Added> {
  const source = resolve(path)
  if (!existsSync(source)) throw new CupelError(`${path}: there is no such file`)
  if (!(await stat(source)).isFile()) throw new CupelError(`${path} is not a file; give the weights file itself`)
  const weights = as === undefined ? await recognise(source, files) : declaredFile(as, files)
  const { file } = weights
  const { sha256, problem } = await verify(weights, source)
  if (problem) throw new CupelError(`${path} ${problem}; ${getByHand(weights)}`)
  const place = weightsPath(weights)
  const wait = (): void => say(`${file}: another process is bringing it; waiting (its lock is ${place}.lock)`)
  await holding(place, wait, async (lost) => {
    // The file may have been put there by hand; then it only has to be known.
    if (!existsSync(place) || realpathSync(place) !== realpathSync(source)) await copy(source, place, sha256!, lost)
    remember(place, sha256!)
  })
  return { file, path: place, sha256: sha256!, state: weights.sha256 ? 'present' : 'unverified' }
}

async function copy(source: string, place: string, sha256: string, lost: AbortSignal): Promise<void> {
  const unfinished = `${place}.${randomUUID()}.tmp`
  await needRoom(place, (await stat(source)).size)
  try {
    await writing(place, () => copyFile(source, unfinished, constants.COPYFILE_FICLONE))
    if ((await hashFile(unfinished)) !== sha256)
      throw new CupelError(`${source} changed while it was copied; add it again`)
    lost.throwIfAborted()
    await writing(place, () => rename(unfinished, place))
  } finally {
    await rm(unfinished, { force: true })
  }
}
