import { readFileSync } from 'node:fs'
import nes from '@cupel/attacks-nes'
import { counted } from '@cupel/core'
import { conformance } from '@cupel/core/conformance'
import { imageIn, parity, type Recording, smallNetwork } from '@cupel/descent/parity'
import { describe, expect, test } from 'vitest'

const recording: Recording = JSON.parse(readFileSync(new URL('../fixtures/default.json', import.meta.url), 'utf8'))
const image = imageIn(recording, recording.source)

// 120 queries are too few for half of the optimum; the small network asks for an improvement that noise does not give.
describe('conformance', () => conformance(nes, test, { options: { queries: 120 }, toy: smallNetwork }))

// Steps of so many values at once leave the ball.
parity('NES', nes({ eps: '40/255', queries: 24, n: 3, step: 1, tile: 8 }), recording, 'change', test)

test.each([1, 7, 40, 41, 100])('with %i queries it asks for no more, and never for a gradient', async (queries) => {
  const target = counted(smallNetwork())
  await nes({ queries }).run(image, target)
  expect(target.queries.gradients).toBe(0)
  expect(target.queries.scores).toBeLessThanOrEqual(queries)
  expect(target.queries.scores).toBe(40 * Math.floor(queries / 40))
})
