import { readFileSync } from 'node:fs'
import mifgsm from '@cupel/attacks-mifgsm'
import { conformance } from '@cupel/core/conformance'
import { imageIn, parity, type Recording, smallNetwork } from '@cupel/descent/parity'
import { describe, expect, test } from 'vitest'

const recording = (name: string): Recording =>
  JSON.parse(readFileSync(new URL(`../fixtures/${name}.json`, import.meta.url), 'utf8'))

describe('conformance', () => conformance(mifgsm, test))

parity('MI-FGSM', mifgsm(), recording('plain'), 'values', test)
// So far that the gradient's norm varies and that steps leave the ball.
const far = { ...mifgsm.variants['mifgsm-l1'], eps: '64/255', step: 0.5, nu: 0.7, steps: 8 }
parity('MI-FGSM, L1-normalised', mifgsm(far), recording('l1'), 'values', test)

test('without decay it is I-FGSM, with it it is not', async () => {
  const run = recording('plain')
  const image = imageIn(run, run.source)
  const [memory, none] = [await mifgsm().run(image, smallNetwork()), await mifgsm({ nu: 0 }).run(image, smallNetwork())]
  expect(memory.data).not.toEqual(none.data)
  const l1 = await mifgsm({ nu: 0, scale: 'l1' }).run(image, smallNetwork())
  expect(l1.data).toEqual(none.data)
})
