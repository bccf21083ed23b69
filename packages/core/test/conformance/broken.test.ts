import type { Plugin } from '@cupel/core'
import { clauses } from '@cupel/core/conformance'
import { describe, expect, test } from 'vitest'
import { brokenAttacks } from './broken/attacks.js'
import { brokenDefences } from './broken/defences.js'
import { brokenDefinitions } from './broken/definitions.js'
import { brokenMetrics } from './broken/metrics.js'
import { signs, universal } from './good/attacks.js'
import { coarse } from './good/defences.js'
import { roughness } from './good/metrics.js'

/** The contract's sentences without the variants they were checked for. */
const sentence = (name: string): string => name.slice(name.indexOf(': ') + 2)

const all = [...brokenDefinitions, ...brokenMetrics, ...brokenAttacks, ...brokenDefences]

describe('a plugin that breaks one clause fails that clause and no other', () => {
  for (const { clause, how, plugin } of all) {
    test(`${plugin.kind}, ${clause}: ${how}`, async () => {
      const failed = new Map<string, string>()
      for (const { name, check } of clauses(plugin)) {
        await check().catch((error: Error) => failed.set(sentence(name), error.message))
      }
      expect([...failed.keys()], JSON.stringify([...failed])).toEqual([expect.stringContaining(clause)])
    })
  }
})

test('every clause has a plugin that breaks it', () => {
  const plugins = [roughness, signs, universal, coarse] as unknown as Plugin[]
  for (const plugin of plugins) {
    for (const { name } of clauses(plugin)) {
      const breaking = all.some(
        ({ clause, plugin: { kind } }) => kind === plugin.kind && sentence(name).includes(clause),
      )
      const ofDefinition = brokenDefinitions.some(({ clause }) => sentence(name).includes(clause))
      expect(breaking || ofDefinition, name).toBe(true)
    }
  }
})
