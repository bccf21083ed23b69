import { readFileSync } from 'node:fs'
import stadv from '@cupel/attacks-stadv'
import { createRandom, imageOf } from '@cupel/core'
import { conformance } from '@cupel/core/conformance'
import { parity, type Recording, smallNetwork } from '@cupel/descent/parity'
import { describe, expect, test } from 'vitest'
import { roughness, toFlow, warped } from '../src/flow.js'

const recording: Recording = JSON.parse(readFileSync(new URL('../fixtures/default.json', import.meta.url), 'utf8'))

// A flow moves pixels and cannot follow a metric that is linear in their values.
describe('conformance', () => conformance(stadv, test, { options: { steps: 5 }, toy: smallNetwork }))

parity('stAdv', stadv({ steps: 8 }), recording, 'change', test)

describe('the flow', () => {
  const x = imageOf(9, 7, (i) => 0.5 + 0.4 * Math.sin(3 * i))
  const f = createRandom(1).normals(2 * 63)
  test('none is the identity, and a whole pixel is a shift', () => {
    expect(warped(x, new Float32Array(126)).data).toEqual(x.data)
    const shifted = warped(x, new Float32Array(126).fill(1, 0, 63)).data
    for (const i of [0, 10, 61, 70, 130]) expect(shifted[i]).toBe(x.data[i + 1])
    expect(shifted[8]).toBe(x.data[8])
  })
  test.each([
    ['sampling', (g: Float32Array) => warped(x, g).data.reduce((sum, v, i) => sum + v * Math.cos(i), 0)],
    ['roughness', (g: Float32Array) => roughness(g, 9, 7).value],
  ])('the slope of %s equals central differences', (name, value) => {
    const cotangent = Float32Array.from(x.data, (_, i) => Math.cos(i))
    const gradient = name === 'sampling' ? toFlow(x, f, cotangent) : roughness(f, 9, 7).gradient
    const d = createRandom(2).normals(126)
    const h = 1e-4
    const numeric = (value(f.map((v, i) => v + h * d[i]!)) - value(f.map((v, i) => v - h * d[i]!))) / (2 * h)
    const analytic = gradient.reduce((sum, g, i) => sum + g * d[i]!, 0)
    expect(Math.abs(numeric)).toBeGreaterThan(0.01)
    expect(Math.abs(analytic - numeric)).toBeLessThan(0.02 * Math.abs(numeric))
  })
})
