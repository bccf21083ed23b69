import { appendFileSync, existsSync, readFileSync, renameSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { CupelError } from '@cupel/core'
import type { AssayRecord, AttackRecord, Failure, ReadingRecord, StepRecord } from '../work/job.js'
import { makeFolder } from './folder.js'

/** What a run remembers: every step that ended, by key. */
export interface Store {
  /** An attack step that succeeded, with its image there. */
  attack(key: string): AttackRecord | undefined
  /** A purification that succeeded. */
  assay(key: string): AssayRecord | undefined
  /** A score that was taken. */
  reading(key: string): ReadingRecord | undefined
  /** How a step ended that did not succeed in this process; such steps are tried again by the next. */
  failure(key: string): Failure | undefined
  /** Where an image is kept. */
  imagePath(hash: string): string
  hasImage(hash: string): boolean
  add(record: StepRecord, png?: Uint8Array): void
}

/** The records of a JSON Lines file, and how many of its bytes they are: a last line that a kill cut short is not one. */
export function readLines<R>(file: string): { records: R[]; whole: number } {
  if (!existsSync(file)) return { records: [], whole: 0 }
  const bytes = readFileSync(file)
  const whole = bytes.lastIndexOf(0x0a) + 1
  const lines = bytes.subarray(0, whole).toString('utf8').split('\n').slice(0, -1)
  const records = lines.map((line, i) => {
    try {
      return JSON.parse(line) as R
    } catch {
      throw new CupelError(
        `${file}, line ${i + 1}: not JSON; the store was changed by something else. Remove the line to have its step computed again`,
      )
    }
  })
  return { records, whole }
}

/** Writes a file under another name first, so that it is there whole or not at all; pieces of text are written one after the other. */
export function writeWhole(path: string, content: string | Uint8Array | Iterable<string>): void {
  const unfinished = `${path}.unfinished`
  if (typeof content === 'string' || content instanceof Uint8Array) writeFileSync(unfinished, content)
  else {
    writeFileSync(unfinished, '')
    for (const piece of content) appendFileSync(unfinished, piece)
  }
  renameSync(unfinished, path)
}

/** Where a store keeps an image. */
export const imageFile = (folder: string, hash: string): string => join(folder, 'images', `${hash}.png`)

/**
 * Opens the store of a run: `attacks.jsonl` and `assays.jsonl`, append-only, and `images/` by content hash. A record and its image are
 * written before the step counts as done, the image first. Nothing is written or mended before the first `add`.
 *
 * @param folder `store` in the run's folder; it need not exist
 * @throws {CupelError} when a line of it is not JSON
 */
export function openStore(folder: string): Store {
  const images = join(folder, 'images')
  const files = { attack: join(folder, 'attacks.jsonl'), assay: join(folder, 'assays.jsonl') }
  const imagePath = (hash: string): string => imageFile(folder, hash)
  const hasImage = (hash: string): boolean => existsSync(imagePath(hash))

  const attacks = new Map<string, AttackRecord>()
  const assays = new Map<string, AssayRecord>()
  const readings = new Map<string, ReadingRecord>()
  const failures = new Map<string, Failure>()

  function settle<R extends Failure & { readonly key: string }>(known: Map<string, R>, record: R): void {
    if (record.status === 'ok') known.set(record.key, record)
    else failures.set(record.key, record)
  }
  function remember(record: StepRecord): void {
    if (record.step === 'attack') {
      settle(attacks, record)
      return
    }
    // A later record of the same purification may lack the picture that an earlier one kept.
    const before = assays.get(record.key)
    settle(assays, before?.image && !record.image ? { ...record, image: before.image } : record)
    for (const one of record.readings) settle(readings, one)
  }

  const found = { attack: readLines<AttackRecord>(files.attack), assay: readLines<AssayRecord>(files.assay) }
  for (const { records } of [found.attack, found.assay]) records.forEach(remember)
  // What failed in an earlier run is tried again.
  failures.clear()

  let writable = false
  function makeWritable(): void {
    if (writable) return
    makeFolder(images)
    for (const step of ['attack', 'assay'] as const) {
      if (existsSync(files[step])) truncateSync(files[step], found[step].whole)
    }
    writable = true
  }

  return {
    attack(key) {
      const record = attacks.get(key)
      return record && hasImage(record.image) ? record : undefined
    },
    assay: (key) => assays.get(key),
    reading: (key) => readings.get(key),
    failure: (key) => failures.get(key),
    imagePath,
    hasImage,
    add(record, png) {
      makeWritable()
      if (png && record.image && !hasImage(record.image)) writeWhole(imagePath(record.image), png)
      appendFileSync(files[record.step], `${JSON.stringify(record)}\n`)
      remember(record)
    },
  }
}
