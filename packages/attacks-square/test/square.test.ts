import { readFileSync } from 'node:fs'
import square from '@cupel/attacks-square'
import { conformance } from '@cupel/core/conformance'
import { parity, type Recording, spendsItsQueries } from '@cupel/descent/parity'
import { describe, test } from 'vitest'

const recording: Recording = JSON.parse(readFileSync(new URL('../fixtures/default.json', import.meta.url), 'utf8'))

describe('conformance', () => conformance(square, test, { options: { queries: 600, p: 0.3 } }))

parity('Square', square({ eps: '20/255', queries: 26, p: 1 }), recording, 'values', test)

spendsItsQueries(square, test)
