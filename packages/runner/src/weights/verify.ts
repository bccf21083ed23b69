import { existsSync } from 'node:fs'
import { open, stat } from 'node:fs/promises'
import {
  type CupelError,
  howToGet,
  presentWeights,
  type Weights,
  type WeightsTable,
  weightsAddresses,
  weightsPath,
} from '@cupel/core'
import { firstHash, hashFile, knownHash, notePath } from './hash.js'

/** Whether bytes begin as an HTML page does. */
const looksLikeHtml = (head: Buffer): boolean =>
  /^\uFEFF?\s*<(!doctype\s+html|html|head|body|script)\b/i.test(head.toString('utf8'))

/** What is wrong with something that should be these weights and is a page. */
export function htmlInstead(weights: Weights): string {
  const drive = /\bgoogle/.test([...weightsAddresses(weights), weights.instructions].join())
  const why = drive
    ? 'what Google Drive shows before it gives out a large file, or when too many have asked for it'
    : 'an error, a login or a confirmation, most likely'
  return `is an HTML page and not ${weights.file}: ${why}`
}

/** What was found out about a file. */
export interface Verdict {
  /** SHA-256, where the rest was well enough to look at it. */
  readonly sha256?: string
  /** Why it must not be used, if it must not: what follows its name in a sentence. */
  readonly problem?: string
}

/** What is wrong with a file before its hash is looked at, or undefined. */
async function plainly(weights: Weights, path: string): Promise<string | undefined> {
  const { file, bytes } = weights
  const head = Buffer.alloc(256)
  try {
    const found = await stat(path)
    if (!found.isFile()) return `is not a file, expected ${file}`
    const handle = await open(path)
    await handle.read(head, 0, head.length, 0).finally(() => handle.close())
    if (looksLikeHtml(head)) return htmlInstead(weights)
    if (found.size === 0) return `is empty, expected ${file}`
    if (bytes === undefined || found.size === bytes) return undefined
    const why = found.size < bytes ? 'it was cut short, or is another file' : 'it is another file'
    return `has ${found.size} bytes and ${file} has ${bytes}: ${why}`
  } catch (error) {
    return `cannot be read: ${(error as Error).message}`
  }
}

/**
 * Looks whether a file is the one that is declared: readable, of the declared size, not an HTML page, of the published hash;
 * without a published hash, of the hash that was first used here.
 *
 * @param path where the file is, before it is given its name or after
 * @param hash how its SHA-256 is found
 */
export async function verify(weights: Weights, path: string, hash = hashFile): Promise<Verdict> {
  const { file, sha256: published } = weights
  const problem = await plainly(weights, path)
  if (problem) return { problem }
  const sha256 = await hash(path)
  if (published) {
    if (sha256 === published.toLowerCase()) return { sha256 }
    return { sha256, problem: `is not ${file} as published: its sha256 is ${sha256}, expected ${published}` }
  }
  const place = weightsPath(weights)
  const first = firstHash(place)
  if (first === undefined || first === sha256) return { sha256 }
  return {
    sha256,
    problem: `is not the ${file} that was first used here: its sha256 is ${sha256}, that one's was ${first}, and their results cannot be compared; to accept the new one, remove ${notePath(place)}`,
  }
}

/** How a weights file stands on this machine. `unverified`: nobody publishes its hash, and it is what was first used here. */
export type State = 'present' | 'unverified' | 'wrong' | 'missing'

export interface Standing {
  readonly state: State
  readonly sha256?: string
  /** What is wrong with the file, as a sentence. */
  readonly problem?: string
}

/** How a weights file stands on this machine; the first look at one without a published hash records its hash. */
export async function standing(weights: Weights): Promise<Standing> {
  const path = weightsPath(weights)
  if (!existsSync(path)) return { state: 'missing' }
  const verdict = await verify(weights, path, knownHash)
  if (verdict.problem) return { ...verdict, state: 'wrong', problem: `${path} ${verdict.problem}` }
  return { ...verdict, state: weights.sha256 ? 'present' : 'unverified' }
}

/** What stands in the way of a weights file, or undefined when it can be used. */
export async function problemOf(plugin: string, weights: Weights): Promise<string | undefined> {
  const { state, problem } = await standing(weights)
  if (state !== 'missing') return problem && `${plugin}: ${problem}; ${howToGet(weights)}`
  try {
    presentWeights(plugin, weights)
    return undefined
  } catch (error) {
    return (error as CupelError).message
  }
}

/** The hashes of the files of a table that are there, by the plugin's name for them. */
export async function hashesOf(table: WeightsTable): Promise<Record<string, string>> {
  const hashes: Record<string, string> = {}
  for (const [name, weights] of Object.entries(table)) {
    const { sha256 } = await standing(weights)
    if (sha256) hashes[name] = sha256
  }
  return hashes
}
