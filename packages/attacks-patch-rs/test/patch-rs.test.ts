import { readFileSync } from 'node:fs'
import patchRs from '@cupel/attacks-patch-rs'
import { conformance } from '@cupel/core/conformance'
import { parity, type Recording, spendsItsQueries } from '@cupel/descent/parity'
import { describe, test } from 'vitest'

const recording: Recording = JSON.parse(readFileSync(new URL('../fixtures/default.json', import.meta.url), 'utf8'))

describe('conformance', () => conformance(patchRs, test, { options: { queries: 600 } }))

parity('Patch-RS', patchRs({ pixels: 150, queries: 26, p: 1 }), recording, 'values', test)

spendsItsQueries(patchRs, test)
