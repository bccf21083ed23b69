import { createHash } from 'node:crypto'
import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Failure } from '../work/job.js'
import type { Settled } from '../work/pool.js'
import type { Calibration, Preliminary } from '../work/tailoring.js'
import { makeFolder } from './folder.js'
import { readLines, writeWhole } from './store.js'

/** What the store remembers of training an attack or of setting its knob. */
export interface PreliminaryRecord {
  readonly step: 'prepare' | 'calibrate'
  readonly key: string
  readonly attack: string
  readonly metric: string
  /** The defence that an adaptive attacker knew; empty where he knew none. */
  readonly defence: string
  /** How many images it was done on. */
  readonly images: number
  readonly ms: number
  /** Content hash of what was trained; empty for a calibration. */
  readonly artefact: string
  readonly calibration: Calibration | null
}

interface Ended {
  readonly step: PreliminaryRecord['step']
  readonly task: Preliminary
  readonly outcome: Settled<Uint8Array | Calibration>
  readonly ms: number
}

/** What was done before matrices of this folder, by key. */
export interface Preliminaries {
  get(key: string): PreliminaryRecord | undefined
  /** How a step ended that did not succeed in this process; the next one tries it again. */
  failure(key: string): Failure | undefined
  artefactPath(hash: string): string
  add(ended: Ended): void
}

/** Opens `preliminaries.jsonl` and `prepared/` of a store; nothing is written before the first `add`. */
export function openPreliminaries(folder: string): Preliminaries {
  const file = join(folder, 'preliminaries.jsonl')
  const artefactPath = (hash: string): string => join(folder, 'prepared', `${hash}.bin`)
  const { records, whole } = readLines<PreliminaryRecord>(file)
  const known = new Map(records.map((record) => [record.key, record]))
  const failures = new Map<string, Failure>()
  let writable = false
  return {
    get(key) {
      const record = known.get(key)
      return record && (record.artefact === '' || existsSync(artefactPath(record.artefact))) ? record : undefined
    },
    failure: (key) => failures.get(key),
    artefactPath,
    add({ step, task, outcome, ms }) {
      if ('failure' in outcome) {
        failures.set(task.key, outcome.failure)
        return
      }
      makeFolder(join(folder, 'prepared'))
      if (!writable && existsSync(file)) writeWhole(file, readFileSync(file).subarray(0, whole))
      writable = true
      const bytes = outcome.value instanceof Uint8Array ? outcome.value : undefined
      const artefact = bytes ? createHash('sha256').update(bytes).digest('hex') : ''
      if (bytes) writeWhole(artefactPath(artefact), bytes)
      const record: PreliminaryRecord = {
        step,
        key: task.key,
        attack: task.attack.label,
        metric: task.target.label,
        defence: task.known?.defence.label ?? '',
        images: task.images.length,
        ms,
        artefact,
        calibration: bytes ? null : (outcome.value as Calibration),
      }
      appendFileSync(file, `${JSON.stringify(record)}\n`)
      known.set(record.key, record)
    },
  }
}
