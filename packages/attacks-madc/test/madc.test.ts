import { readFileSync } from 'node:fs'
import madc from '@cupel/attacks-madc'
import { createRandom, imageOf } from '@cupel/core'
import { conformance } from '@cupel/core/conformance'
import { parity, type Recording, smallNetwork } from '@cupel/descent/parity'
import { describe, expect, test } from 'vitest'
import { alongLevelSet } from '../src/index.js'

const recording = (name: string): Recording =>
  JSON.parse(readFileSync(new URL(`../fixtures/${name}.json`, import.meta.url), 'utf8'))

describe('conformance', () => conformance(madc, test))

parity('MADC', madc({ lr: 0.004 }), recording('default'), 'values', test)
parity('MADC at the border of its budget', madc({ lr: 0.0103, eps: 0.015 }), recording('bounded'), 'values', test)

const inner = (a: Float32Array, b: Float32Array): number => a.reduce((sum, value, i) => sum + value * b[i]!, 0)

test('the direction is orthogonal to the gradient of the error', () => {
  const g2 = createRandom(1).normals(600)
  const g1 = createRandom(2).normals(600)
  const d = alongLevelSet(g2, g1)
  expect(Math.abs(inner(g1, g2))).toBeGreaterThan(1)
  expect(Math.abs(inner(d, g1))).toBeLessThan(1e-4)
  expect(alongLevelSet(g2, new Float32Array(600))).toEqual(g2)
})

test.each([0.02, 0.001, 0.0001])('an error above %f is brought back', async (eps) => {
  const x = imageOf(20, 15, (i) => 0.5 + 0.4 * Math.sin(i))
  const attacked = await madc({ lr: 0.02, eps }).run(x, smallNetwork())
  const error = Math.sqrt(attacked.data.reduce((sum, value, i) => sum + (value - x.data[i]!) ** 2, 0) / x.data.length)
  expect(error).toBeLessThanOrEqual(eps + 1e-7)
  expect(error).toBeGreaterThan(0)
})
