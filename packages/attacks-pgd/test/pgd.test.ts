import { readFileSync } from 'node:fs'
import pgd from '@cupel/attacks-pgd'
import { createRandom, type Image, imageOf } from '@cupel/core'
import { conformance } from '@cupel/core/conformance'
import { parity, type Recording, smallNetwork } from '@cupel/descent/parity'
import { describe, expect, test } from 'vitest'

const recording = (name: string): Recording =>
  JSON.parse(readFileSync(new URL(`../fixtures/${name}.json`, import.meta.url), 'utf8'))

// On a linear metric ten steps of a quarter end in the same corner from every start; shorter ones do not.
describe('conformance', () => conformance(pgd, test, { options: { step: 0.15 } }))

parity('PGD', pgd(), recording('linf'), 'values', test)
parity('PGD in an L2 ball', pgd({ norm: 'l2' }), recording('l2'), 'change', test)

const x = imageOf(20, 15, (i) => 0.5 + 0.4 * Math.sin(i))
const context = (seed: number) => ({ random: createRandom(seed), signal: new AbortController().signal })
const change = (image: Image): Float32Array => image.data.map((value, i) => value - x.data[i]!)

test.each([0, 1, 2, 3])('stays in its ball and its box from start %i', async (seed) => {
  const linf = change(await pgd().run(x, smallNetwork(), context(seed)))
  expect(Math.max(...linf.map(Math.abs))).toBeLessThanOrEqual(10 / 255 + 1e-6)
  const l2 = change(await pgd({ norm: 'l2' }).run(x, smallNetwork(), context(seed)))
  const rms = Math.sqrt(l2.reduce((sum, value) => sum + value * value, 0) / l2.length)
  expect(rms).toBeLessThanOrEqual(5 / 255 + 1e-6)
  expect(rms).toBeGreaterThan(4 / 255)
})
