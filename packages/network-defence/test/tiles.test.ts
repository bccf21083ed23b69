import { spans } from '@cupel/network-defence'
import { expect, test } from 'vitest'

test.each([
  { window: 32, reach: 5 },
  { window: 31, reach: 0 },
  { window: 40, reach: 13, grid: 2 },
  { window: 33, reach: 7, grid: 4 },
])('every position of an axis is kept once, away from cuts: %o', (cut) => {
  const { window, reach, grid = 1 } = cut
  for (let length = 1; length < 300; length += length < 90 ? 1 : 7) {
    const all = spans(length, cut)
    let next = 0
    for (const { start, end, from, to } of all) {
      expect(from).toBe(next)
      next = to
      expect(start % grid).toBe(0)
      expect(start === 0 || from - start >= reach).toBe(true)
      expect(end === length || end - to >= reach).toBe(true)
      expect(end - start).toBe(all[0]!.end - all[0]!.start)
      expect(end - start).toBeLessThan(window + grid)
    }
    expect(next).toBe(length)
    expect(all.at(-1)!.end).toBe(length)
  }
})
