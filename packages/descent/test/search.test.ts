import { halved } from '@cupel/descent'
import { expect, test } from 'vitest'

// Andriushchenko et al., section 4.1: halved after these iterations of 10,000.
const ends = [10, 50, 200, 500, 1000, 2000, 4000, 6000, 8000]

test('the share is halved after each of nine iterations of 10,000', () => {
  for (const [k, end] of ends.entries()) {
    expect(halved(0.8, end, 10_000)).toBe(0.8 / 2 ** k)
    expect(halved(0.8, end + 1, 10_000)).toBe(0.8 / 2 ** (k + 1))
  }
})

test.each([100, 1000, 5000])('of %i iterations, after the same part of them', (budget) => {
  for (const part of [0.01, 0.3, 0.5, 0.9]) {
    expect(halved(0.8, part * budget, budget)).toBe(halved(0.8, part * 10_000, 10_000))
  }
  expect(halved(0.8, 0, budget)).toBe(0.8)
  expect(halved(0.8, budget, budget)).toBe(0.8 / 512)
})
