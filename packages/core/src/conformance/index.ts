import type { z } from 'zod'
import type { Kind } from '../facts.js'
import type { Plugin } from '../plugin.js'
import { attackClauses } from './attack.js'
import { type Clause, checkClause, type Settings, Skipped, subjectOf } from './clause.js'
import { defenceClauses } from './defence.js'
import { definitionClauses } from './definition.js'
import { metricClauses } from './metric.js'

export { type Settings, Skipped } from './clause.js'

/** `test` of vitest or of node:test, or anything like them. */
export type Test = (
  name: string,
  body: (context: { skip(reason?: string): void }) => Promise<void>,
  timeout?: number,
) => unknown

/** One thing that a plugin is checked for. */
export interface Check {
  /** The plugin's or the variant's name, and a sentence of the contract. */
  readonly name: string
  /** @throws Error stating what was found and what was expected; {@link Skipped} with the reason why it cannot be checked here */
  check(): Promise<void>
}

const contract: { readonly [K in Kind]: readonly Clause<K>[] } = {
  metric: metricClauses,
  attack: attackClauses,
  defence: defenceClauses,
}

/** The clauses that concern one variant; none when it is not sound in itself, which a clause of the definition says. */
function ofVariant<K extends Kind>(plugin: Plugin<K>, variant: string, settings: Settings): Check[] {
  try {
    plugin.facts(plugin.parse(plugin.variants[variant]))
  } catch {
    return []
  }
  const subject = subjectOf(plugin, variant, settings)
  return contract[plugin.kind]
    .filter(({ every }) => every || plugin.defaults.includes(variant))
    .filter(({ applies }) => applies?.(subject.facts, plugin) ?? true)
    .map((clause) => ({ name: `${variant}: ${clause.name}`, check: () => checkClause(clause, subject) }))
}

/**
 * Everything that a plugin is checked for: its definition, every clause of its kind's contract for its default variants, and
 * the cheap clauses for its other variants. Clauses of one call share instances and results: check them one after another.
 *
 * @throws {CupelError} when the plugin refuses the options of `settings`
 */
export function clauses<K extends Kind, S extends z.ZodObject>(plugin: Plugin<K, S>, settings: Settings = {}): Check[] {
  const any = plugin as unknown as Plugin<K>
  return [
    ...definitionClauses.map(({ name, check }) => ({
      name: `${any.name}: ${name}`,
      check: () => check(any as unknown as Plugin),
    })),
    ...Object.keys(any.variants).flatMap((variant) => ofVariant(any, variant, settings)),
  ]
}

/**
 * Registers one test for each clause of the contract that `plugin` has to keep.
 *
 * @example
 * import { conformance } from '@cupel/core/conformance'
 * import { test } from 'vitest'
 * import jpeg from '../src/index.js'
 * conformance(jpeg, test)
 */
export function conformance<K extends Kind, S extends z.ZodObject>(
  plugin: Plugin<K, S>,
  test: Test,
  settings: Settings = {},
): void {
  for (const { name, check } of clauses(plugin, settings)) {
    const body: Parameters<Test>[1] = async (context) => {
      try {
        await check()
      } catch (error) {
        if (!(error instanceof Skipped)) throw error
        context.skip(error.message)
      }
    }
    test(name, body, settings.timeout ?? 120_000)
  }
}
