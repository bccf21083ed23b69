import { clauses } from '@cupel/core/conformance'
import { describe, expect, test } from 'vitest'
import { broken } from './broken.js'

/** The contract's sentences without the variants they were checked for. */
const sentence = (name: string): string => name.slice(name.indexOf(': ') + 2)

describe('a plugin that breaks one clause fails that clause and no other', () => {
  for (const { clause, how, plugin } of broken) {
    test(`${plugin.kind}, ${clause}: ${how}`, async () => {
      const failed = new Map<string, string>()
      for (const { name, check } of clauses(plugin)) {
        await check().catch((error: Error) => failed.set(sentence(name), error.message))
      }
      expect([...failed.keys()], JSON.stringify([...failed])).toEqual([expect.stringContaining(clause)])
    })
  }
})
