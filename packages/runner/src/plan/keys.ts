import { createHash } from 'node:crypto'
import type { Device } from '@cupel/core'
import canonicalize from 'canonicalize'
import { packageFolder, packageIdentity } from '../plugins/identity.js'
import type { Chosen } from '../plugins/select.js'
import type { Job, SourceImage } from '../work/job.js'

/** What the runner itself brings to every result. */
export interface Surroundings {
  readonly node: string
  readonly platform: string
  /** Identities of the packages between plugins and pixels. */
  readonly packages: Readonly<Record<string, string>>
}

/** The versions of what every step passes through, as this process has them. */
export function surroundings(): Surroundings {
  const own = ['@cupel/core', '@cupel/image', '@cupel/full-reference']
  const identity = (name: string): string => {
    const folder = packageFolder(name, import.meta.dirname)
    return folder ? packageIdentity(folder) : 'absent'
  }
  return {
    node: process.version,
    platform: `${process.platform}-${process.arch}`,
    packages: Object.fromEntries(own.map((name) => [name, identity(name)])),
  }
}

const hash = (value: unknown): string => createHash('sha256').update(canonicalize(value)!).digest('hex')

/** The keys of steps: hashes of everything that can change a step's result, and of nothing else. */
export function keysOf(around: Surroundings, device: Device, seed: number) {
  const base = hash({ around, device })
  return {
    attack: (job: Pick<Job, 'attack' | 'target' | 'known' | 'objective'>, image: SourceImage): string => {
      const { attack, target, known, objective } = job
      const random = attack.facts.random || known?.defence.facts.random
      return hash({
        base,
        image: image.sha256,
        attack: attack.key,
        // Without a target there is nothing that an objective could change.
        ...(target && { target: target.key, objective }),
        ...(known && { known: known.defence.key, ...(known.defence.facts.random && { samples: known.samples }) }),
        ...(random && { seed }),
      })
    },
    assay: (attackKey: string, defence: Chosen<'defence'>, draw: number): string =>
      hash({ attackKey, defence: defence.key, ...(defence.facts.random && { seed, draw }) }),
    reading: (assayKey: string, metric: Chosen<'metric'>): string => hash({ assayKey, metric: metric.key }),
  }
}
