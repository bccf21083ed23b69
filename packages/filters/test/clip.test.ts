import { expect, test } from 'vitest'
import { clip, clipAdjoint } from '../src/index.js'

const values = Float32Array.of(-0.5, 0, 0.25, 1, 1.5, Number.NaN)

test('values are clipped to 0..1, NaN is not hidden', () => {
  expect([...clip(values)]).toEqual([0, 0, 0.25, 1, 1, Number.NaN])
})

test('the gradient passes where nothing was clipped', () => {
  expect([...clipAdjoint(values, Float32Array.of(1, 2, 3, 4, 5, 6))]).toEqual([0, 2, 3, 4, 0, 0])
})
