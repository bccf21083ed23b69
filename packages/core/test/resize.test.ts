import { readFileSync } from 'node:fs'
import { createRandom, type Interpolation, imageOf, resize, resizeAdjoint } from '@cupel/core'
import { describe, expect, test } from 'vitest'

interface Case {
  readonly method: Interpolation
  readonly width: number
  readonly height: number
  readonly toWidth: number
  readonly toHeight: number
  readonly input: number[]
  readonly output: number[]
  readonly weights: number[]
  readonly gradient: number[]
}

const { cases, nearest } = JSON.parse(readFileSync(new URL('../fixtures/resize.json', import.meta.url), 'utf8')) as {
  cases: Case[]
  nearest: { width: number; toWidth: number; picked: number[] }[]
}

/** The greatest difference of two lists of numbers. */
const apart = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  expect(a.length).toBe(b.length)
  return Math.max(...Array.from(a, (value, i) => Math.abs(value - b[i]!)))
}

describe('as torch.nn.functional.interpolate', () => {
  test.each(cases)('$method $width x $height to $toWidth x $toHeight', (known) => {
    const source = imageOf(known.width, known.height, (i) => known.input[i]!)
    const options = { width: known.toWidth, height: known.toHeight, method: known.method }
    expect(apart(resize(source, options).data, known.output)).toBeLessThan(2e-7)
    const gradient = resizeAdjoint(Float32Array.from(known.weights), source, options)
    expect(apart(gradient, known.gradient)).toBeLessThan(2e-6)
  })

  test.each(nearest)('nearest picks the same of $width for $toWidth', ({ width, toWidth, picked }) => {
    const index = imageOf(width, 1, (i) => i % width)
    expect([...resize(index, { width: toWidth, height: 1, method: 'nearest' }).data.slice(0, toWidth)]).toEqual(picked)
  })
})

test.each(['nearest', 'bilinear', 'bicubic'] as const)('<Ax, y> = <x, A*y> for %s', (method) => {
  for (const [width, height, toWidth, toHeight] of [
    [17, 23, 31, 9],
    [31, 9, 17, 23],
    [1, 1, 5, 4],
    [40, 30, 40, 30],
  ] as const) {
    const random = createRandom(`${method} ${width}`)
    const x = { width, height, data: random.fork('x').normals(3 * width * height) }
    const y = random.fork('y').normals(3 * toWidth * toHeight)
    const options = { width: toWidth, height: toHeight, method }
    const there = resize(x, options).data.reduce((sum, value, i) => sum + value * y[i]!, 0)
    const back = resizeAdjoint(y, x, options).reduce((sum, value, i) => sum + value * x.data[i]!, 0)
    expect(Math.abs(there - back)).toBeLessThan(1e-5 * Math.sqrt(y.length))
  }
})

test('bilinear unless told, and the identity at equal size', () => {
  const image = imageOf(5, 4, (i) => i / 60)
  expect(resize(image, { width: 9, height: 3 })).toEqual(resize(image, { width: 9, height: 3, method: 'bilinear' }))
  for (const method of ['nearest', 'bilinear', 'bicubic'] as const) {
    expect(resize(image, { width: 5, height: 4, method }).data).toEqual(image.data)
  }
})
