import { readFileSync } from 'node:fs'
import ifgsm from '@cupel/attacks-ifgsm'
import { quantised } from '@cupel/core'
import { conformance } from '@cupel/core/conformance'
import { imageIn, parity, type Recording, smallNetwork } from '@cupel/descent/parity'
import { describe, expect, test } from 'vitest'

const recording = (name: string): Recording =>
  JSON.parse(readFileSync(new URL(`../fixtures/${name}.json`, import.meta.url), 'utf8'))

describe('conformance', () => conformance(ifgsm, test))

parity('I-FGSM', ifgsm(), recording('higher'), 'values', test)
parity('I-FGSM, lower is better, steps that leave the ball', ifgsm({ step: 0.4 }), recording('lower'), 'values', test)

const { source, ...sides } = recording('higher')
const image = imageIn({ source, ...sides } as Recording, source)

test.each(Object.entries(ifgsm.variants))('%s keeps its budget after rounding to 8 bits', async (_, options) => {
  const attacked = quantised(await ifgsm(options).run(image, smallNetwork()))
  const greatest = Math.max(...attacked.data.map((value, i) => Math.abs(value - image.data[i]!)))
  expect(greatest).toBeLessThanOrEqual(ifgsm.parse(options).eps + 1e-6)
  expect(greatest).toBeGreaterThan(ifgsm.parse(options).eps - 1e-6)
})

test('a budget of 0 is the identity', async () => {
  expect((await ifgsm({ eps: 0 }).run(image, smallNetwork())).data).toEqual(image.data)
})
