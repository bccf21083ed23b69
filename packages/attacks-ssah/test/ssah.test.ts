import { readFileSync } from 'node:fs'
import ssah from '@cupel/attacks-ssah'
import { createRandom, type Image, imageOf } from '@cupel/core'
import { conformance } from '@cupel/core/conformance'
import { parity, type Recording } from '@cupel/descent/parity'
import { describe, expect, test } from 'vitest'
import { lowFrequencyLoss } from '../src/low.js'

const recording = (name: string): Recording =>
  JSON.parse(readFileSync(new URL(`../fixtures/${name}.json`, import.meta.url), 'utf8'))

describe('conformance', () => conformance(ssah, test))

parity('SSAH', ssah(), recording('default'), 'change', test)
parity('SSAH, back from 0 and 1', ssah({ lr: 0.05 }), recording('far'), 'change', test)

describe('the low-frequency loss', () => {
  const x = imageOf(12, 10, () => 0.5)
  const plus = (change: (column: number, row: number) => number): Image => ({
    ...x,
    data: x.data.map((value, i) => value + change(i % 12, Math.floor(i / 12) % 10)),
  })
  test('charges nothing for a checkerboard at even sides', () => {
    expect(
      lowFrequencyLoss(
        plus((column, row) => 0.1 * (-1) ** (column + row)),
        x,
      ).value,
    ).toBeLessThan(1e-12)
  })
  test('charges half the squares of a smooth change', () => {
    expect(
      lowFrequencyLoss(
        plus(() => 0.1),
        x,
      ).value,
    ).toBeCloseTo(0.5 * 0.01 * 360, 5)
  })
  test('its gradient equals central differences at odd sides', () => {
    const y = imageOf(7, 5, (i) => 0.5 + 0.3 * Math.sin(i))
    const image = { ...y, data: y.data.map((value, i) => value + 0.1 * Math.cos(3 * i)) }
    const d = createRandom(4).normals(y.data.length)
    const along = (h: number): Image => ({ ...y, data: image.data.map((value, i) => value + h * d[i]!) })
    const numeric = (lowFrequencyLoss(along(1e-2), y).value - lowFrequencyLoss(along(-1e-2), y).value) / 2e-2
    const analytic = lowFrequencyLoss(image, y).gradient.reduce((sum, g, i) => sum + g * d[i]!, 0)
    expect(Math.abs(numeric)).toBeGreaterThan(1e-3)
    expect(Math.abs(analytic - numeric)).toBeLessThan(1e-3 * Math.abs(numeric))
  })
})
