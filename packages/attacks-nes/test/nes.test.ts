import { readFileSync } from 'node:fs'
import nes from '@cupel/attacks-nes'
import { conformance } from '@cupel/core/conformance'
import { parity, type Recording, smallNetwork, spendsItsQueries } from '@cupel/descent/parity'
import { describe, expect, test } from 'vitest'

const recording: Recording = JSON.parse(readFileSync(new URL('../fixtures/default.json', import.meta.url), 'utf8'))

// 120 queries are too few for half of the optimum; the small network asks for an improvement that noise does not give.
describe('conformance', () => conformance(nes, test, { options: { queries: 120 }, toy: smallNetwork }))

// Steps of so many values at once leave the ball.
parity('NES', nes({ eps: '40/255', queries: 24, n: 3, step: 1, tile: 8 }), recording, 'change', test)

// The default n is 20 pairs.
spendsItsQueries(nes, test, 40)

test('probes too small to be seen in single precision are refused', () => {
  expect(() => nes({ sigma: 1e-300 })).toThrow('sigma')
})
