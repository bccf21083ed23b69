import { addCropped, addKept, cropped, imageOf, kept, spans, tiles } from '@cupel/core'
import { expect, test } from 'vitest'

const cuts = [
  { window: 32, reach: 5 },
  { window: 31 },
  { window: 24, reach: 3, ramp: 5 },
  { window: 24, ramp: 8 },
  { window: 32, reach: 5, even: true },
  { window: 40, reach: 13, grid: 2, even: true },
  { window: 33, reach: 7, grid: 4, even: true },
]

test.each(cuts)('every position of an axis counts once, away from the ends of stretches: %o', (cut) => {
  const { window, reach = 0, grid = 1, even } = cut
  for (let length = 1; length < 300; length += length < 60 ? 1 : 13) {
    const all = spans(length, cut)
    const total = new Float64Array(length)
    for (const { start, end, from, to, weights } of all) {
      expect(weights.length).toBe(to - from)
      expect(Math.min(...weights)).toBeGreaterThan(0)
      for (const [k, weight] of weights.entries()) total[from + k]! += weight
      expect(start % grid).toBe(0)
      expect(start === 0 ? from === 0 : from - start >= reach).toBe(true)
      expect(end === length ? to === length : end - to >= reach).toBe(true)
      if (even) expect(end - start).toBeLessThan(window + grid)
      else expect(end - start).toBe(Math.min(window, length))
      expect(end - start).toBe(all[0]!.end - all[0]!.start)
    }
    expect(Math.max(...total.map((sum) => Math.abs(sum - 1)))).toBeLessThan(1e-12)
    expect(all.at(-1)!.end).toBe(length)
  }
})

const noise = (width: number, height: number, seed: number) =>
  imageOf(width, height, (i) => Math.sin(0.37 * i * i + 1.3 * i + 5.1 * seed))
const dot = (a: Float32Array, b: Float32Array): number => a.reduce((sum, value, i) => sum + value * b[i]!, 0)

test.each([
  { cut: { window: 10, reach: 2, ramp: 3 }, scale: 1 },
  { cut: { window: 12, reach: 2, grid: 3, even: true }, scale: 2 },
])('tiles put together are the whole, and the adjoints are adjoint: %o', ({ cut, scale }) => {
  const image = noise(25, 17, 1)
  const result = noise(scale * 25, scale * 17, 2)
  const enlarge = (width: number, height: number) => imageOf(scale * width, scale * height, () => 0)
  const whole = enlarge(25, 17)
  for (const tile of tiles(image, cut)) {
    const part = cropped(image, tile)
    // What a tile's own enlargement would be: each value repeated.
    const large = enlarge(part.width, part.height)
    for (let i = 0; i < large.data.length; i++) {
      const [x, line] = [i % large.width, Math.floor(i / large.width)]
      const row = Math.floor(line / large.height) * part.height + Math.floor((line % large.height) / scale)
      large.data[i] = part.data[row * part.width + Math.floor(x / scale)]!
    }
    addKept(whole, large, tile, scale)

    const alone = enlarge(25, 17)
    addKept(alone, large, tile, scale)
    expect(dot(alone.data, result.data)).toBeCloseTo(dot(large.data, kept(result, tile, scale).data), 4)
    const back = imageOf(25, 17, () => 0)
    addCropped(back, part, tile)
    const other = noise(25, 17, 3)
    expect(dot(back.data, other.data)).toBeCloseTo(dot(part.data, cropped(other, tile).data), 4)
  }
  for (let i = 0; i < whole.data.length; i++) {
    const [x, line] = [i % whole.width, Math.floor(i / whole.width)]
    const row = Math.floor(line / whole.height) * 17 + Math.floor((line % whole.height) / scale)
    expect(whole.data[i]).toBeCloseTo(image.data[row * 25 + Math.floor(x / scale)]!, 6)
  }
})
