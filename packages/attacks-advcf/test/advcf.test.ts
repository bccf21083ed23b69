import { readFileSync } from 'node:fs'
import advcf from '@cupel/attacks-advcf'
import { createRandom, imageOf } from '@cupel/core'
import { conformance } from '@cupel/core/conformance'
import { parity, type Recording, smallNetwork } from '@cupel/descent/parity'
import { describe, expect, test } from 'vitest'
import { adjustment, filtered, K, toTheta } from '../src/curve.js'

const recording = (name: string): Recording =>
  JSON.parse(readFileSync(new URL(`../fixtures/${name}.json`, import.meta.url), 'utf8'))

// A linear metric's optimum moves every pixel by itself, which a curve of colours cannot: it is only asked to improve
// one.
describe('conformance', () => conformance(advcf, test, { toy: smallNetwork }))

parity('AdvCF', advcf(), recording('default'), 'change', test)
parity('AdvCF, theta from 1 / K', advcf(advcf.variants['advcf-lr0.001']), recording('code'), 'change', test)
parity('AdvCF, bounded', advcf({ ...advcf.variants['advcf-bounded'], steps: 6 }), recording('bounded'), 'change', test)

describe('the colour curve', () => {
  const x = imageOf(16, 16, (i) => (i % 256) / 255)
  const random = createRandom(2).uniforms(3 * K)
  const theta = Float32Array.from(random)
  test('equal slopes are the identity', () => {
    for (const slope of [1, 1 / K, 7]) {
      const { data } = filtered(x, new Float32Array(3 * K).fill(slope))
      expect(Math.max(...data.map((value, i) => Math.abs(value - x.data[i]!)))).toBeLessThan(1e-6)
    }
  })
  test('it goes from 0 to 1 and never down', () => {
    const { data } = filtered(x, theta)
    for (let c = 0; c < 3; c++) {
      const curve = data.subarray(256 * c, 256 * (c + 1))
      expect(curve[0]).toBe(0)
      expect(curve[255]).toBeCloseTo(1, 6)
      expect(curve.every((value, i) => i === 0 || value >= curve[i - 1]!)).toBe(true)
    }
  })
  test('its adjoint and the adjustment have the slopes of central differences', () => {
    const d = createRandom(9).normals(3 * K)
    const y = createRandom(8).normals(x.data.length)
    const along = (h: number): Float32Array => theta.map((value, i) => value + h * d[i]!)
    const value = (t: Float32Array): number => filtered(x, t).data.reduce((sum, v, i) => sum + v * y[i]!, 0)
    const slope = (g: Float32Array): number => g.reduce((sum, v, i) => sum + v * d[i]!, 0)
    const h = 1e-2
    for (const [f, g] of [
      [value, toTheta(x, theta, y)],
      [(t: Float32Array) => adjustment(t).value, adjustment(theta).gradient],
    ] as const) {
      const numeric = (f(along(h)) - f(along(-h))) / (2 * h)
      expect(Math.abs(numeric)).toBeGreaterThan(1e-5)
      expect(Math.abs(slope(g) - numeric)).toBeLessThan(2e-2 * Math.abs(numeric))
    }
  })
})

test('slopes that are zero in single precision are refused', () => {
  expect(() => advcf({ theta: 1e-50 })).toThrow('theta')
})
