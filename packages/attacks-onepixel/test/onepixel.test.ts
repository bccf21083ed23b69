import { readFileSync } from 'node:fs'
import onepixel from '@cupel/attacks-onepixel'
import { counted } from '@cupel/core'
import { conformance } from '@cupel/core/conformance'
import { imageIn, parity, type Recording, smallNetwork } from '@cupel/descent/parity'
import { describe, expect, test } from 'vitest'

const recording: Recording = JSON.parse(readFileSync(new URL('../fixtures/default.json', import.meta.url), 'utf8'))
const image = imageIn(recording, recording.source)

// Few generations of few members do not reach half of the optimum; the small network asks for more than noise gives.
describe('conformance', () =>
  conformance(onepixel, test, { options: { queries: 200, population: 40 }, toy: smallNetwork }))

parity('One-pixel', onepixel({ pixels: 30, queries: 24, population: 6 }), recording, 'values', test)

test.each([1, 7, 40, 41, 100])('with %i queries it asks for no more, and never for a gradient', async (queries) => {
  const target = counted(smallNetwork())
  await onepixel({ queries }).run(image, target)
  expect(target.queries.gradients).toBe(0)
  expect(target.queries.scores).toBeLessThanOrEqual(queries)
  expect(target.queries.scores).toBe(queries)
})
