import { readFileSync } from 'node:fs'
import parsimonious from '@cupel/attacks-parsimonious'
import { counted } from '@cupel/core'
import { conformance } from '@cupel/core/conformance'
import { imageIn, parity, type Recording, smallNetwork } from '@cupel/descent/parity'
import { describe, expect, test } from 'vitest'

const recording: Recording = JSON.parse(readFileSync(new URL('../fixtures/default.json', import.meta.url), 'utf8'))
const image = imageIn(recording, recording.source)

// The linear metric has one best sign for a whole channel, which is found at once in any order; the small network has
// not.
describe('conformance', () => conformance(parsimonious, test, { options: { queries: 100 }, toy: smallNetwork }))

const options = { eps: '10/255', queries: 70, block: 8, batch: 6 }
parity('Parsimonious', parsimonious(options), recording, 'values', test)

test.each([1, 7, 40, 41, 100])('with %i queries it asks for no more, and never for a gradient', async (queries) => {
  const target = counted(smallNetwork())
  await parsimonious({ queries }).run(image, target)
  expect(target.queries.gradients).toBe(0)
  expect(target.queries.scores).toBeLessThanOrEqual(queries)
  expect(target.queries.scores).toBe(queries)
})
