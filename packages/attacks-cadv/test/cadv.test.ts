import { readFileSync } from 'node:fs'
import cadv from '@cupel/attacks-cadv'
import { conformance } from '@cupel/core/conformance'
import { imageIn, parity, type Recording, smallNetwork } from '@cupel/descent/parity'
import { describe, expect, test } from 'vitest'
import { labPlanes } from '../src/hints.js'
import { colourOf, labOf } from '../src/lab.js'

const fixture = (name: string) => JSON.parse(readFileSync(new URL(`../fixtures/${name}.json`, import.meta.url), 'utf8'))
const recording: Recording = fixture('default')

// A few hints cannot follow a metric that has its own best value for every pixel.
describe('conformance', () => conformance(cadv, test, { toy: smallNetwork }))

parity('cAdv', cadv({ lr: 1, hints: 12, clusters: 4, used: 2, reach: 0.1 }), recording, 'change', test)

describe('L*a*b*', () => {
  test.each<{ rgb: [number, number, number]; lab: number[] }>(fixture('lab'))(
    'of $rgb is that of scikit-image',
    ({ rgb, lab }) => {
      const ours = labOf(...rgb)
      for (const [i, value] of ours.entries()) expect(value).toBeCloseTo(lab[i]!, 3)
      for (const [i, value] of colourOf(...ours).rgb.entries()) expect(value).toBeCloseTo(rgb[i]!, 3)
    },
  )
  test('the derivatives of a colour equal central differences', () => {
    for (const [L, a, b] of [
      [50, 10, -20],
      [8, 1, 2],
      [70, -30, 25],
    ] as const) {
      const h = 1e-4
      const { byA, byB } = colourOf(L, a, b)
      for (let c = 0; c < 3; c++) {
        expect(byA[c]).toBeCloseTo((colourOf(L, a + h, b).rgb[c]! - colourOf(L, a - h, b).rgb[c]!) / (2 * h), 6)
        expect(byB[c]).toBeCloseTo((colourOf(L, a, b + h).rgb[c]! - colourOf(L, a, b - h).rgb[c]!) / (2 * h), 6)
      }
    }
  })
})

test('lightness stays where no channel meets the end of its range', async () => {
  const x = imageIn(recording, recording.source)
  const attacked = await cadv({ lr: 0.3, hints: 50, reach: 0.1 }).run(x, smallNetwork())
  const area = x.width * x.height
  const [before, after] = [labPlanes(x), labPlanes(attacked)]
  let [compared, moved] = [0, 0]
  for (let i = 0; i < area; i++) {
    const free = [0, 1, 2].every((c) => attacked.data[c * area + i]! > 0.001 && attacked.data[c * area + i]! < 0.999)
    if (!free) continue
    compared++
    expect(Math.abs(after[i]! - before[i]!)).toBeLessThan(0.02)
    if (Math.abs(after[area + i]! - before[area + i]!) > 0.5) moved++
  }
  expect(compared).toBeGreaterThan(area / 2)
  expect(moved).toBeGreaterThan(area / 10)
})
