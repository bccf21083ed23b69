import { readFileSync } from 'node:fs'
import cadv from '@cupel/attacks-cadv'
import { imageOf, Unavailable } from '@cupel/core'
import { conformance } from '@cupel/core/conformance'
import { imageIn, parity, type Recording, smallNetwork } from '@cupel/descent/parity'
import { describe, expect, test } from 'vitest'
import { labPlanes, spreadOf, weightsOf } from '../src/hints.js'
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

describe('the spread of hints', () => {
  const never = new AbortController().signal
  const [coloured, gray] = [imageOf(70, 41, (i) => 0.5 + 0.4 * Math.sin(i / 31)), imageOf(70, 41, () => 0.5)]
  const every = (step: number): number[] => Array.from({ length: Math.floor((70 * 41) / step) }, (_, j) => step * j)

  test('is that of every hint on every pixel', async () => {
    const [reach, tone, hints, area] = [0.03, 15, every(7), 70 * 41]
    const lab = labPlanes(coloured)
    const { first, hint, weight } = await spreadOf(lab, coloured, hints, { reach, tone }, never)
    for (let i = 0; i < area; i++) {
      const strengths = hints.map((h) => {
        const apart = Math.hypot((i % 70) - (h % 70), Math.floor(i / 70) - Math.floor(h / 70)) / (70 * reach)
        const unlike = Math.hypot(...[0, 1, 2].map((c) => lab[c * area + i]! - lab[c * area + h]!)) / tone
        const exponent = (apart ** 2 + unlike ** 2) / 2
        return exponent > 7 ? 0 : Math.exp(-exponent)
      })
      const sum = strengths.reduce((total, one) => total + one, 0.1)
      const ours = strengths.map(() => 0)
      for (let n = first[i]!; n < first[i + 1]!; n++) ours[hint[n]!] = weight[n]!
      for (const [j, one] of ours.entries()) if (one || strengths[j]) expect(one).toBeCloseTo(strengths[j]! / sum, 6)
    }
    expect(first[area]).toBeGreaterThan(area)
  })
  test.each([1e-6, 0.01, 0.02, 0.05, 0.3, 1])('has no more weights than stated at a reach of %f', async (reach) => {
    // In the middle, so that its circle is whole where it fits.
    const hints = [20 * 70 + 35]
    const { first } = await spreadOf(labPlanes(gray), gray, hints, { reach, tone: 20 }, never)
    expect(first.at(-1)).toBeGreaterThan(0)
    expect(first.at(-1)).toBeLessThanOrEqual(weightsOf(gray, 1, reach))
  })
  test('is refused where it would take gigabytes, before any work', async () => {
    const run = cadv({ hints: 65_535, reach: 1 }).run(
      imageOf(200, 200, () => 0.5),
      smallNetwork(),
    )
    await expect(run).rejects.toThrow(Unavailable)
    await expect(run).rejects.toThrow('1,600,000,000 weights at 200 x 200, expected at most 100,000,000')
    const square = (side: number) => ({ width: side, height: side, data: new Float32Array() })
    expect(weightsOf(square(2094), 20_000, 0.005)).toBeGreaterThan(99_000_000)
    expect(() => weightsOf(square(2095), 20_000, 0.005)).toThrow(Unavailable)
  })
  test('stops between two rows', async () => {
    const spreading = spreadOf(labPlanes(gray), gray, every(1), { reach: 0.3, tone: 20 }, AbortSignal.timeout(1))
    await expect(spreading).rejects.toThrow('timeout')
  })
})

test.each([
  ['reach', 0],
  ['reach', 1e-200],
  ['reach', 2],
  ['tone', 1e-200],
])('%s of %f, which leaves nothing to divide by or means nothing, is refused', (option, value) => {
  expect(() => cadv({ [option]: value })).toThrow(option)
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
