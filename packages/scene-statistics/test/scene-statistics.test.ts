import { readFileSync } from 'node:fs'
import { fromBytes } from '@cupel/core'
import {
  asymmetricFit,
  cropped,
  gray,
  halved,
  logGamma,
  normalised,
  type Plane,
  squaredDistance,
  whitening,
} from '@cupel/scene-statistics'
import { expect, test } from 'vitest'

const values = JSON.parse(readFileSync(new URL('../fixtures/values.json', import.meta.url), 'utf8'))
const plane: Plane = { ...values.plane, data: Float64Array.from(values.plane.data) }

const furthest = (a: ArrayLike<number>, b: readonly number[]): number =>
  Math.max(...b.map((value, i) => Math.abs(value - a[i]!)))

test('the logarithm of the gamma function is that of scipy', () => {
  for (const [x, expected] of values.logGamma) expect(logGamma(x)).toBeCloseTo(expected, 12)
})

test('MSCN coefficients and deviations are those of scipy', () => {
  const { coefficients, deviation } = normalised(plane)
  expect(furthest(coefficients.data, values.coefficients)).toBeLessThan(1e-11)
  expect(furthest(deviation.data, values.deviation)).toBeLessThan(1e-9)
})

test('flat regions have coefficients of exactly 0', () => {
  const flat = { width: 20, height: 16, data: new Float64Array(320).fill(187) }
  expect(normalised(flat).coefficients.data.every((value) => value === 0)).toBe(true)
})

test('half the size is that of imresize, odd sides too', () => {
  const half = halved(plane)
  expect([half.width, half.height]).toEqual([7, 5])
  expect(furthest(half.data, values.halved)).toBeLessThan(1e-10)
})

test('the fit of an asymmetric generalised Gaussian is the best of the shapes that are tried', () => {
  const { alpha, left, right } = asymmetricFit(Float64Array.from(values.samples))!
  expect(furthest([alpha, left, right], values.fit)).toBeLessThan(1e-9)
})

test('values on one side of zero have no fit', () => {
  expect(asymmetricFit(Float64Array.of(0, 1, 2))).toBeUndefined()
  expect(asymmetricFit(new Float64Array(4))).toBeUndefined()
})

test('Mahalanobis distances are those of numpy, and whitening inverts the covariance', () => {
  expect(squaredDistance(values.difference, values.covariance)).toBeCloseTo(values.squaredDistance, 10)
  const W = whitening(values.covariance)
  const full = (i: number, j: number): number => values.covariance[Math.max(i, j)][Math.min(i, j)]
  const product = W.flatMap((a) =>
    W.map((b) => a.reduce((sum, v, i) => sum + v * b.reduce((inner, w, j) => inner + w * full(i, j), 0), 0)),
  )
  expect(
    furthest(
      product,
      W.flatMap((_, i) => W.map((_, j) => (i === j ? 1 : 0))),
    ),
  ).toBeLessThan(1e-12)
})

test('luminance is whole 8-bit levels, and crops are parts of it', () => {
  const image = fromBytes(2, 1, [255, 0, 0, 10, 200, 30])
  expect([...gray(image).data]).toEqual([76, 124])
  expect([...cropped(plane, 3, 2, 2, 2).data]).toEqual([29, 30, 42, 43].map((i) => plane.data[i]))
})
