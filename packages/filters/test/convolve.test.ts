import { createRandom, type Image, imageOf } from '@cupel/core'
import { describe, expect, test } from 'vitest'
import { type Border, convolve, convolveAdjoint, fittedWindow, gaussianKernel } from '../src/index.js'

const noise = (width: number, height: number, label: string): Image => {
  const values = createRandom(label).uniforms(3 * width * height)
  return imageOf(width, height, (i) => values[i]!)
}
const inner = (a: Float32Array, b: Float32Array): number => a.reduce((sum, value, i) => sum + value * b[i]!, 0)

/** The definition, sample by sample, with borders made by walking back and forth instead of by a formula. */
function plain({ width, height, data }: Image, weights: readonly number[], border: Border): number[] {
  const reach = (weights.length - 1) / 2
  const bounce = (index: number, length: number): number => {
    let [at, step] = [0, 1]
    for (let n = 0; n < Math.abs(index); n++) {
      if (at + step < 0 || at + step >= length) step = -step
      at += step
    }
    return at
  }
  const at = (index: number, length: number): number =>
    border === 'replicate' ? Math.min(length - 1, Math.max(0, index)) : bounce(index, length)
  return Array.from(data, (_, i) => {
    const x = i % width
    const y = Math.floor(i / width) % height
    const plane = i - x - y * width
    let sum = 0
    for (let v = -reach; v <= reach; v++) {
      for (let u = -reach; u <= reach; u++) {
        sum += weights[v + reach]! * weights[u + reach]! * data[plane + at(y + v, height) * width + at(x + u, width)]!
      }
    }
    return sum
  })
}

test('the Gaussian of a sigma whose square is 0 is a single 1', () => {
  expect([...gaussianKernel(5, 1e-200)]).toEqual([1, 0, 0])
})

const whole = (half: Float64Array): number[] => [...half.slice(1).reverse(), ...half]

describe.each(['reflect', 'replicate'] as const)('%s', (border) => {
  test.each([
    [17, 11, 3],
    [17, 11, 11],
    [11, 13, 7],
    [5, 5, 5],
  ])('%i x %i, window %i: the definition', (width, height, size) => {
    const image = noise(width, height, 'x')
    const kernel = gaussianKernel(size, 1.3)
    const expected = plain(image, whole(kernel), border)
    convolve(image, { kernel, border }).data.forEach((value, i) => {
      expect(Math.abs(value - expected[i]!)).toBeLessThan(3e-7)
    })
  })

  test.each([
    [17, 11, 3],
    [23, 9, 9],
    [6, 4, 11],
    [1, 9, 5],
    [9, 1, 5],
    [1, 1, 3],
  ])("%i x %i, window %i: <Ax, y> = <x, A'y>", (width, height, size) => {
    const convolution = { kernel: gaussianKernel(size, 2), border }
    const x = noise(width, height, 'x')
    const y = noise(width, height, 'y').data.map((value) => value - 0.5)
    const forward = inner(convolve(x, convolution).data, y)
    const backward = inner(x.data, convolveAdjoint(y, x, convolution))
    expect(Math.abs(forward - backward)).toBeLessThan(1e-6)
    expect(Math.abs(forward)).toBeGreaterThan(1e-3)
  })

  test('a constant image stays as it is', () => {
    const image = imageOf(9, 2, () => 0.25)
    for (const value of convolve(image, { kernel: gaussianKernel(11, 2), border }).data)
      expect(value).toBeCloseTo(0.25, 7)
  })
})

test('a window larger than a side becomes that side, made odd, with the same sigma', () => {
  expect([3, 11, 11, 5, 3].map((size, i) => fittedWindow(size, [9, 9, 8, 1, 2][i]!))).toEqual([3, 9, 7, 1, 1])
  const image = noise(5, 5, 'small')
  const cut = convolve(image, { kernel: gaussianKernel(11, 2), border: 'reflect' })
  const own = convolve(image, { kernel: gaussianKernel(5, 2), border: 'reflect' })
  cut.data.forEach((value, i) => {
    expect(value).toBeCloseTo(own.data[i]!, 6)
  })
})

test('the Gaussian kernel adds up to 1 and falls as it should', () => {
  const kernel = gaussianKernel(7, 1.5)
  expect(whole(kernel).reduce((a, b) => a + b)).toBeCloseTo(1, 14)
  expect(kernel[2]! / kernel[0]!).toBeCloseTo(Math.exp(-4 / 4.5), 14)
})
