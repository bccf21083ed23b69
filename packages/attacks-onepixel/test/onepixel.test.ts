import { readFileSync } from 'node:fs'
import onepixel from '@cupel/attacks-onepixel'
import { conformance } from '@cupel/core/conformance'
import { parity, type Recording, smallNetwork, spendsItsQueries } from '@cupel/descent/parity'
import { describe, test } from 'vitest'

const recording: Recording = JSON.parse(readFileSync(new URL('../fixtures/default.json', import.meta.url), 'utf8'))

// Few generations of few members do not reach half of the optimum; the small network asks for more than noise gives.
describe('conformance', () =>
  conformance(onepixel, test, { options: { queries: 200, population: 40 }, toy: smallNetwork }))

parity('One-pixel', onepixel({ pixels: 30, queries: 24, population: 6 }), recording, 'values', test)

spendsItsQueries(onepixel, test)
