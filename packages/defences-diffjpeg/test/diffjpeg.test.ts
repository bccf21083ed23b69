import { createRandom, imageOf } from '@cupel/core'
import { conformance } from '@cupel/core/conformance'
import { expect, test } from 'vitest'
import { dct, idct } from '../src/blocks.js'
import { grow, growAdjoint, shrink, shrinkAdjoint } from '../src/chroma.js'
import diffjpeg from '../src/index.js'
import { tables } from '../src/tables.js'

conformance(diffjpeg, test)

const inner = (a: Float32Array, b: Float32Array): number => a.reduce((sum, value, i) => sum + value * b[i]!, 0)

test('the DCT is orthonormal and its inverse undoes it', () => {
  const block = Float64Array.from(createRandom('block').normals(64))
  const coefficients = block.slice()
  dct(coefficients)
  const energy = (values: Float64Array) => values.reduce((sum, value) => sum + value * value, 0)
  expect(energy(coefficients)).toBeCloseTo(energy(block), 10)
  expect(coefficients[0]).toBeCloseTo(block.reduce((a, b) => a + b) / 8, 12)
  idct(coefficients)
  coefficients.forEach((value, i) => {
    expect(value).toBeCloseTo(block[i]!, 12)
  })
})

test.each([
  [8, 6],
  [7, 5],
  [1, 1],
  [2, 9],
])('chroma at half resolution and back, %i x %i: adjoints', (width, height) => {
  const sides = { width, height }
  const [full, small] = [createRandom('full'), createRandom('small')]
  const length = Math.ceil(width / 2) * Math.ceil(height / 2)
  const [x, y] = [full.normals(width * height), small.normals(length)]
  expect(inner(shrink(x, sides), y)).toBeCloseTo(inner(x, shrinkAdjoint(y, sides)), 5)
  expect(inner(grow(y, sides), x)).toBeCloseTo(inner(y, growAdjoint(x, sides)), 5)
})

test('tables: as in the standard at quality 50, all ones at 100, and never above 255', () => {
  expect([...tables(50).luma.subarray(0, 3), tables(50).chroma[3]]).toEqual([16, 11, 10, 47])
  expect(tables(100).luma.every((step) => step === 1)).toBe(true)
  expect(Math.max(...tables(1).luma)).toBe(255)
})

test('straight through the rounding, its derivative is that of the chroma subsampling alone', async () => {
  const values = createRandom('gray').uniforms(24 * 16)
  const gray = imageOf(24, 16, (i) => 0.3 + 0.4 * values[i % 384]!)
  const purified = await diffjpeg({ subsampling: '4:4:4' }).purify(gray)
  const y = createRandom('y').normals(gray.data.length)
  const { gradient } = await purified.pullback!(y)
  gradient.forEach((value, i) => {
    const clipped = purified.data[i] === 0 || purified.data[i] === 1
    if (!clipped) expect(value).toBeCloseTo(y[i]!, 4)
  })
})

test('quality 100 at full chroma resolution changes almost nothing', async () => {
  const image = imageOf(19, 13, (i) => ((i * 37) % 200) / 255)
  const { data } = await diffjpeg({ quality: 100, subsampling: '4:4:4' }).purify(image)
  for (let i = 0; i < data.length; i++) expect(Math.abs(data[i]! - image.data[i]!)).toBeLessThan(2.5 / 255)
})
