import { existsSync } from 'node:fs'
import { CupelError, isUnavailable } from '../errors.js'
import type { Facts, Kind } from '../facts.js'
import type { Better, Context, Metric, Notes, Setup } from '../interface.js'
import type { Opened, Plugin } from '../plugin.js'
import { createRandom } from '../random.js'
import { presentWeights, weightsPath } from '../weights.js'

/** What a conformance run may be told about a plugin. Everything else is read from the plugin. */
export interface Settings {
  /** Options laid over those of every variant, for example fewer queries or iterations. */
  readonly options?: Readonly<Record<string, unknown>>
  /** Paths of weights files by the name the plugin gives them, for files that are not in the weights folder. */
  readonly weights?: Readonly<Record<string, string>>
  /**
   * The target of an attack that cannot follow the linear toy metric (one that moves pixels, say). Its optimum is not
   * known, so the attack has to improve it and to beat noise of equal budget, no more.
   */
  readonly toy?: (better: Better) => Metric
  /** How far an exact gradient may be from central differences, relative; 0.01 unless told. */
  readonly tolerance?: number
  /** Milliseconds that one clause may take (vitest); 120 000 unless told. */
  readonly timeout?: number
}

/** Thrown by a check that cannot be made here; the message is the reason. */
export class Skipped extends Error {
  override name = 'Skipped'
}

/** One sentence of the contract of a kind of plugin. */
export interface Clause<K extends Kind> {
  readonly name: string
  /** Checked for every variant rather than for the default ones only; such clauses are cheap. */
  readonly every?: boolean
  /** Whether it concerns plugins with these facts. */
  readonly applies?: (facts: Facts[K], plugin: Plugin<K>) => boolean
  /** @throws Error stating what was found and what was expected; {@link Skipped} */
  check(subject: Subject<K>): Promise<void>
}

/** One variant of a plugin under test. */
export interface Subject<K extends Kind> {
  readonly plugin: Plugin<K>
  readonly variant: string
  /** As given to the plugin. */
  readonly options: Record<string, unknown>
  readonly facts: Facts[K]
  readonly settings: Settings
  readonly setup: Setup
  /** Opens another instance. */
  open(setup?: Partial<Setup>, options?: Record<string, unknown>): Promise<Opened[K]>
  /** What `make` returned the first time that it was asked for under this key. */
  once<T>(key: string, make: () => Promise<T>): Promise<T>
  /** The instance that clauses share. */
  opened(): Promise<Opened[K]>
}

/** Fails the clause with `found` unless `holds`. */
export function demand(holds: boolean, found: string | (() => string)): asserts holds {
  if (!holds) throw new Error(typeof found === 'function' ? found() : found)
}

/** Fails the clause unless `attempt` rejects; returns what it rejected with. */
export async function rejection(attempt: () => Promise<unknown>, found: string): Promise<unknown> {
  const outcome = await attempt().then(
    () => ({ rejected: false as const }),
    (error: unknown) => ({ rejected: true as const, error }),
  )
  demand(outcome.rejected, found)
  return outcome.error
}

/** A context with a seed. */
export const seeded = (seed: number, signal: AbortSignal = new AbortController().signal): Context => ({
  random: createRandom('conformance').fork(seed),
  signal,
})

/** The subject that is `variant` of `plugin`. @throws what the plugin throws at its own options */
export function subjectOf<K extends Kind>(plugin: Plugin<K>, variant: string, settings: Settings): Subject<K> {
  const options = { ...plugin.variants[variant], ...settings.options }
  const facts = plugin.facts(plugin.parse(options))
  const weights = async (name: string): Promise<string> => {
    const declared = facts.weights[name]
    if (!declared) throw new CupelError(`${plugin.name} asks for weights "${name}" that it does not declare`)
    return settings.weights?.[name] ?? presentWeights(plugin.name, declared)
  }
  const setup: Setup = { device: 'cpu', weights }
  const open: Subject<K>['open'] = (more = {}, others = {}) =>
    plugin.open({ ...options, ...others }, { ...setup, ...more })
  const known = new Map<string, Promise<unknown>>()
  const once: Subject<K>['once'] = <T>(key: string, make: () => Promise<T>) => {
    if (!known.has(key)) known.set(key, make())
    return known.get(key) as Promise<T>
  }
  return { plugin, variant, options, facts, settings, setup, open, once, opened: () => once('opened', () => open()) }
}

/** Whether a file that the variant needs is not there. */
const lacksWeights = <K extends Kind>({ facts, settings }: Subject<K>): boolean =>
  Object.entries(facts.weights).some(([name, file]) => !existsSync(settings.weights?.[name] ?? weightsPath(file)))

/** Checks a clause. @throws {Skipped} rather than the plugin's own Unavailable where weights are absent */
export async function checkClause<K extends Kind>(clause: Clause<K>, subject: Subject<K>): Promise<void> {
  try {
    await clause.check(subject)
  } catch (error) {
    if (isUnavailable(error) && lacksWeights(subject)) throw new Skipped(error.message)
    throw error
  }
}

/** Checks that what a result notes fits in a row. */
export function acceptNotes(notes: Notes = {}): void {
  for (const [note, value] of Object.entries(notes)) {
    demand(
      typeof value === 'string' || Number.isFinite(value),
      `the note ${note} is ${value}, expected a string or a finite number`,
    )
  }
}

/** The clause that every kind ends with; `shared` gives the instances that its clauses shared. */
export const disposal = <K extends Kind>(shared: (subject: Subject<K>) => Promise<Opened[K]>[]): Clause<K> => ({
  name: 'can be disposed of, also twice and unused',
  async check(subject) {
    for (const instance of await Promise.all(shared(subject))) {
      await instance.dispose?.()
      await instance.dispose?.()
    }
    await subject.plugin(subject.options).dispose?.()
  },
})
