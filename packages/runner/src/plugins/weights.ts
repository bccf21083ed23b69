import { createHash } from 'node:crypto'
import { createReadStream, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { type CupelError, presentWeights, type Weights, type WeightsTable, weightsPath } from '@cupel/core'

/** SHA-256 (hex) of a file, streamed. */
export async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer)
  return hash.digest('hex')
}

/**
 * SHA-256 of a file in the weights folder. It is kept beside the file and used again while the file's size and time stand,
 * so that a run does not read hundreds of megabytes to learn what it knew.
 */
export async function knownHash(path: string): Promise<string> {
  const note = `${path}.sha256.json`
  const { size, mtimeMs } = statSync(path)
  if (existsSync(note)) {
    try {
      const kept = JSON.parse(readFileSync(note, 'utf8'))
      if (kept.size === size && kept.mtimeMs === mtimeMs) return kept.sha256
    } catch {
      // A damaged note is made again.
    }
  }
  const sha256 = await hashFile(path)
  try {
    writeFileSync(note, JSON.stringify({ size, mtimeMs, sha256 }))
  } catch {
    // A read-only weights folder is hashed each time.
  }
  return sha256
}

/** What stands in the way of a weights file, or undefined when it can be used. */
export async function problemOf(plugin: string, weights: Weights): Promise<string | undefined> {
  try {
    const path = presentWeights(plugin, weights)
    if (weights.sha256 && (await knownHash(path)) !== weights.sha256) {
      return `${plugin}: ${path} is not the file that is expected (sha256 ${await knownHash(path)}, expected ${weights.sha256}); remove it and run: cupel weights pull ${weights.file}`
    }
    return undefined
  } catch (error) {
    return (error as CupelError).message
  }
}

/** The hashes of the files of a table that are there, by the plugin's name for them. */
export async function hashesOf(table: WeightsTable): Promise<Record<string, string>> {
  const hashes: Record<string, string> = {}
  for (const [name, weights] of Object.entries(table)) {
    const path = weightsPath(weights)
    if (existsSync(path)) hashes[name] = await knownHash(path)
  }
  return hashes
}
