import { readFileSync } from 'node:fs'
import parsimonious from '@cupel/attacks-parsimonious'
import { conformance } from '@cupel/core/conformance'
import { parity, type Recording, smallNetwork, spendsItsQueries } from '@cupel/descent/parity'
import { describe, test } from 'vitest'

const recording: Recording = JSON.parse(readFileSync(new URL('../fixtures/default.json', import.meta.url), 'utf8'))

// The linear metric has one best sign for a whole channel, which is found at once in any order; the small network has
// not.
describe('conformance', () => conformance(parsimonious, test, { options: { queries: 100 }, toy: smallNetwork }))

const options = { eps: '10/255', queries: 70, block: 8, batch: 6 }
parity('Parsimonious', parsimonious(options), recording, 'values', test)

spendsItsQueries(parsimonious, test)
