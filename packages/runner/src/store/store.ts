import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { CupelError } from '@cupel/core'
import type { AssayRecord, AttackRecord, ReadingRecord, StepRecord } from '../work/job.js'

/** What a run remembers: every step that ended, by key. */
export interface Store {
  /** An attack step that succeeded, with its image there. */
  attack(key: string): AttackRecord | undefined
  /** A purification that succeeded. */
  assay(key: string): AssayRecord | undefined
  /** A score that was taken. */
  reading(key: string): ReadingRecord | undefined
  /** How a step ended that did not succeed in this process; such steps are tried again by the next. */
  failure(key: string): { readonly status: AttackRecord['status']; readonly reason: string } | undefined
  /** Where an image is kept. */
  imagePath(hash: string): string
  hasImage(hash: string): boolean
  add(record: StepRecord, png?: Uint8Array): void
}

/** The records of a JSON Lines file, one of them possibly cut short by a kill: that one is removed from the file. */
function readLines(file: string): StepRecord[] {
  if (!existsSync(file)) return []
  const bytes = readFileSync(file)
  const whole = bytes.lastIndexOf(0x0a) + 1
  if (whole < bytes.length) truncateSync(file, whole)
  const lines = bytes.subarray(0, whole).toString('utf8').split('\n').slice(0, -1)
  return lines.map((line, i) => {
    try {
      return JSON.parse(line)
    } catch {
      throw new CupelError(
        `${file}, line ${i + 1}: not JSON; the store was changed by something else. Remove the line to have its step computed again`,
      )
    }
  })
}

/** Writes a file under another name first, so that it is there whole or not at all. */
export function writeWhole(path: string, content: string | Uint8Array): void {
  const unfinished = `${path}.unfinished`
  writeFileSync(unfinished, content)
  renameSync(unfinished, path)
}

/**
 * Opens the store of a run: `attacks.jsonl` and `assays.jsonl`, append-only, and `images/` by content hash. A record and its image are
 * written before the step counts as done, the image first.
 *
 * @param folder `store` in the run's folder; made if it is not there
 */
export function openStore(folder: string): Store {
  const images = join(folder, 'images')
  mkdirSync(images, { recursive: true })
  const files = { attack: join(folder, 'attacks.jsonl'), assay: join(folder, 'assays.jsonl') }

  const attacks = new Map<string, AttackRecord>()
  const assays = new Map<string, AssayRecord>()
  const readings = new Map<string, ReadingRecord>()
  const failures = new Map<string, Pick<AttackRecord, 'status' | 'reason'>>()
  const imagePath = (hash: string): string => join(images, `${hash}.png`)
  const hasImage = (hash: string): boolean => existsSync(imagePath(hash))

  function remember(record: StepRecord): void {
    const settle = <R extends { key: string; status: AttackRecord['status']; reason: string }>(
      known: Map<string, R>,
      one: R,
    ) => {
      if (one.status === 'ok') known.set(one.key, one)
      else failures.set(one.key, one)
    }
    if (record.step === 'attack') return settle(attacks, record)
    // A later record of the same purification may lack the picture that an earlier one kept.
    const before = assays.get(record.key)
    settle(assays, before?.image && !record.image ? { ...record, image: before.image } : record)
    for (const one of record.readings) settle(readings, one)
  }

  for (const file of Object.values(files)) for (const record of readLines(file)) remember(record)
  // What failed in an earlier run is tried again.
  failures.clear()

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
      if (png && record.image && !hasImage(record.image)) writeWhole(imagePath(record.image), png)
      appendFileSync(files[record.step], `${JSON.stringify(record)}\n`)
      remember(record)
    },
  }
}
