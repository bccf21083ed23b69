import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { join } from 'node:path'
import type { Surroundings } from './plan/keys.js'
import type { Request, Steps } from './plan/plan.js'
import type { Chosen } from './plugins/select.js'
import type { Threat } from './rows.js'
import type { PreliminaryRecord } from './store/preliminaries.js'
import { hashesOf } from './weights/index.js'

/** manifest.json: what made the rows, as far as it could change them. */
export interface RunManifest {
  readonly cupel: string
  readonly surroundings: Surroundings
  readonly processor: string
  /** Revision of the repository that the run started in, `-dirty` when it had changes; null outside one. */
  readonly git: string | null
  /** SHA-256 of the package manager's lockfile; null when there is none. */
  readonly lockfile: string | null
  readonly device: { readonly asked: string; readonly got: string }
  readonly seed: number
  readonly objective: string
  readonly threats: readonly string[]
  readonly draws: Readonly<Record<Threat, number>>
  readonly samples: number
  readonly images: number
  readonly plugins: readonly {
    readonly kind: string
    readonly label: string
    readonly plugin: string
    readonly options: unknown
    readonly weights: Readonly<Record<string, string>>
    readonly unavailable: string | null
  }[]
  /** Attacks that were trained, and knobs that were set, before the matrix. */
  readonly preparations: readonly PreliminaryRecord[]
  readonly calibrations: readonly PreliminaryRecord[]
  readonly startedAt: string
  readonly finishedAt: string | null
  readonly steps: { readonly planned: Steps; readonly executed: Steps } | null
}

function gitRevision(folder: string): string | null {
  const git = (...args: string[]): string =>
    execFileSync('git', args, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()
  try {
    return git('rev-parse', 'HEAD') + (git('status', '--porcelain') === '' ? '' : '-dirty')
  } catch {
    return null
  }
}

function lockfileHash(root: string): string | null {
  const names = ['pnpm-lock.yaml', 'package-lock.json', 'yarn.lock', 'bun.lock', 'npm-shrinkwrap.json']
  const file = names.map((name) => join(root, name)).find((path) => existsSync(path))
  return file ? createHash('sha256').update(readFileSync(file)).digest('hex') : null
}

/** Everything about a run but its ending. */
export async function describeRun(
  request: Request,
  around: Surroundings,
  root: string,
  version: string,
): Promise<RunManifest> {
  const chosen: readonly Chosen[] = [...request.metrics, ...request.attacks, ...request.defences]
  const plugins = await Promise.all(
    chosen.map(async ({ kind, label, plugin, options, facts, unavailable }) => ({
      kind,
      label,
      plugin,
      options: JSON.parse(options),
      weights: await hashesOf(facts.weights),
      unavailable: unavailable ?? null,
    })),
  )
  return {
    cupel: version,
    surroundings: around,
    processor: cpus()[0]?.model ?? 'unknown',
    git: gitRevision(root),
    lockfile: lockfileHash(root),
    device: { asked: request.device, got: request.device },
    seed: request.seed,
    objective: request.objective,
    threats: request.threats,
    draws: request.draws,
    samples: request.samples,
    images: request.images.length,
    plugins,
    preparations: [],
    calibrations: [],
    startedAt: new Date().toISOString(),
    finishedAt: null,
    steps: null,
  }
}
