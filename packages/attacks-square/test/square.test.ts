import { readFileSync } from 'node:fs'
import square from '@cupel/attacks-square'
import { counted } from '@cupel/core'
import { conformance } from '@cupel/core/conformance'
import { imageIn, parity, type Recording, smallNetwork } from '@cupel/descent/parity'
import { describe, expect, test } from 'vitest'

const recording: Recording = JSON.parse(readFileSync(new URL('../fixtures/default.json', import.meta.url), 'utf8'))
const image = imageIn(recording, recording.source)

describe('conformance', () => conformance(square, test, { options: { queries: 600, p: 0.3 } }))

parity('Square', square({ eps: '20/255', queries: 26, p: 1 }), recording, 'values', test)

test.each([1, 7, 40, 41, 100])('with %i queries it asks for no more, and never for a gradient', async (queries) => {
  const target = counted(smallNetwork())
  await square({ queries }).run(image, target)
  expect(target.queries.gradients).toBe(0)
  expect(target.queries.scores).toBeLessThanOrEqual(queries)
  expect(target.queries.scores).toBe(queries)
})
