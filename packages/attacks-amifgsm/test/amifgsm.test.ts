import { readFileSync } from 'node:fs'
import amifgsm from '@cupel/attacks-amifgsm'
import { type Image, imageOf } from '@cupel/core'
import { conformance } from '@cupel/core/conformance'
import { parity, type Recording, smallNetwork } from '@cupel/descent/parity'
import niqe from '@cupel/metrics-niqe'
import { describe, expect, test } from 'vitest'

const recording = (name: string): Recording =>
  JSON.parse(readFileSync(new URL(`../fixtures/${name}.json`, import.meta.url), 'utf8'))

describe('conformance', () => conformance(amifgsm, test))

parity('AMI-FGSM', amifgsm(), recording('default'), 'values', test)
// So far that the gradient's norm varies and that values come back from 0 and 1.
const far = { ...amifgsm.variants['amifgsm-l1'], eps: '128/255', nu: 0.5, steps: 8 }
parity('AMI-FGSM, L1-normalised', amifgsm(far), recording('l1'), 'values', test)

test('with NIQE the bound follows the image, up to the cap', async () => {
  const image = (frequency: number): Image =>
    imageOf(120, 100, (i) => 0.5 + 0.3 * Math.sin((i % 120) * frequency) * Math.cos(Math.floor(i / 120) * 0.1))
  for (const x of [image(0.05), image(0.4)]) {
    const expected = Math.min(32 / 255, 0.125 / (await niqe().score(x)))
    const { data, notes } = await amifgsm(amifgsm.variants['amifgsm-niqe8']).run(x, smallNetwork())
    expect(notes!['eps']).toBeCloseTo(expected, 6)
    const greatest = Math.max(...data.map((value, i) => Math.abs(value - x.data[i]!)))
    expect(greatest).toBeGreaterThan(0.9 * expected)
    expect(greatest).toBeLessThan(expected + 1e-6)
  }
  const { notes } = await amifgsm({ bound: 'niqe', K: 100 }).run(image(0.4), smallNetwork())
  expect(notes!['eps']).toBeCloseTo(32 / 255, 9)
})
