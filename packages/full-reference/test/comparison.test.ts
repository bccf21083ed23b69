import { readFileSync } from 'node:fs'
import { CupelError, createRandom, type Image, imageOf } from '@cupel/core'
import {
  difference,
  l2,
  linf,
  msSsim,
  msSsimGradient,
  psnr,
  psnrGradient,
  rmse,
  rmseGradient,
  ssim,
  ssimGradient,
  type TermGradient,
} from '@cupel/full-reference'
import { describe, expect, test } from 'vitest'

/** The image that fixtures/make.py computes. */
function formula(width: number, height: number, phase: number): Image {
  const area = width * height
  return imageOf(width, height, (k) => {
    const [x, y, c] = [k % width, Math.floor(k / width) % height, Math.floor(k / area)]
    const wave = 0.5 + 0.3 * Math.sin(x / 7 + c + phase) * Math.cos(y / 5)
    const noise = ((k * 7919 + 104729 * Math.trunc(10 * phase)) % 256) / 255 - 0.5
    return Math.floor(255 * Math.min(1, Math.max(0, wave + 0.1 * noise)) + 0.5) / 255
  })
}

interface Case extends Record<'width' | 'height' | 'psnr' | 'ssim' | 'rmse' | 'l2' | 'linf', number> {
  gaussian?: number
  msSsim?: number
}
const cases: Case[] = JSON.parse(readFileSync(new URL('../fixtures/comparison.json', import.meta.url), 'utf8'))

describe.each(cases)('$width x $height against scikit-image', (expected) => {
  const a = formula(expected.width, expected.height, 0)
  const b = formula(expected.width, expected.height, 0.3)
  test('differences', () => {
    expect(psnr(a, b)).toBeCloseTo(expected.psnr, 6)
    expect(rmse(a, b)).toBeCloseTo(expected.rmse, 8)
    expect(l2(a, b)).toBeCloseTo(expected.l2, 6)
    expect(linf(a, b)).toBeCloseTo(expected.linf, 7)
    expect(difference(a, b)).toEqual({ mse: rmse(a, b) ** 2, linf: linf(a, b), l2: l2(a, b) })
  })
  test('SSIM and MS-SSIM', () => {
    expect(Math.abs(ssim(a, b) - expected.ssim)).toBeLessThan(1e-6)
    if (expected.msSsim) expect(Math.abs(msSsim(a, b) - expected.msSsim)).toBeLessThan(1e-6)
    if (expected.gaussian) {
      expect(Math.abs(ssim(a, b, { window: 'gaussian' }) - expected.gaussian)).toBeLessThan(1e-6)
    }
  })
})

/** |analytic - central difference| / |central difference| along a random direction. */
function deviation(term: (a: Image) => number, gradient: TermGradient, a: Image): number {
  const direction = createRandom(1).normals(a.data.length)
  const at = (t: number): Image => ({ ...a, data: a.data.map((value, i) => value + t * direction[i]!) })
  const h = 1e-3
  const [plus, minus] = [at(h), at(-h)]
  const analytic = gradient.gradient.reduce((sum, g, i) => sum + g * (plus.data[i]! - minus.data[i]!), 0)
  const difference = term(plus) - term(minus)
  expect(Math.abs(difference)).toBeGreaterThan(1e-6)
  return Math.abs(analytic - difference) / Math.abs(difference)
}

describe('gradients equal central differences', () => {
  const a = formula(23, 17, 0)
  const b = formula(23, 17, 0.3)
  test.each<[string, (x: Image) => number, TermGradient]>([
    ['rmse', (x) => rmse(x, b), rmseGradient(a, b)],
    ['psnr', (x) => psnr(x, b), psnrGradient(a, b)],
    ['ssim, uniform', (x) => ssim(x, b), ssimGradient(a, b)],
    ['ms-ssim', (x) => msSsim(x, b), msSsimGradient(a, b)],
    ['ssim, gaussian', (x) => ssim(x, b, { window: 'gaussian' }), ssimGradient(a, b, { window: 'gaussian' })],
  ])('%s', (_, term, gradient) => {
    expect(gradient.value).toBeCloseTo(term(a), 12)
    expect(deviation(term, gradient, a)).toBeLessThan(1e-3)
  })
})

describe('borders', () => {
  const tiny = (width: number, height: number, phase: number): Image => formula(width, height, phase)
  test.each([
    [1, 1],
    [2, 3],
    [5, 5],
    [6, 40],
  ])('a %i x %i image, smaller than the window, has an SSIM', (width, height) => {
    for (const window of ['uniform', 'gaussian'] as const) {
      const value = ssim(tiny(width, height, 0), tiny(width, height, 0.3), { window })
      expect(value).toBeGreaterThan(-1)
      expect(value).toBeLessThan(1)
    }
  })
  test('an image is like itself', () => {
    const a = formula(20, 30, 0)
    expect(ssim(a, a)).toBeCloseTo(1, 12)
    expect(msSsim(a, a)).toBeCloseTo(1, 12)
    expect(psnr(a, a)).toBe(Infinity)
    expect(rmse(a, a)).toBe(0)
    for (const { gradient } of [rmseGradient(a, a), psnrGradient(a, a)])
      expect(gradient.every((g) => g === 0)).toBe(true)
    expect(Math.max(...ssimGradient(a, a).gradient.map(Math.abs))).toBeLessThan(1e-9)
  })
  test('images of different sides are refused', () => {
    for (const compare of [psnr, ssim, linf, l2, rmse]) {
      expect(() => compare(tiny(4, 5, 0), tiny(5, 4, 0))).toThrow(CupelError)
    }
  })
})
