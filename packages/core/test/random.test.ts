import { readFileSync } from 'node:fs'
import { createRandom, philox, type Random } from '@cupel/core'
import { describe, expect, test } from 'vitest'
import { boxMuller } from '../src/box-muller.js'

/** Mean of the values of `of`. */
const mean = (values: ArrayLike<number>, of: (value: number) => number = (value) => value): number =>
  Array.from(values).reduce((sum, value) => sum + of(value), 0) / values.length

describe('philox', () => {
  // The vectors that Random123 publishes for philox4x32 with ten rounds (its file kat_vectors).
  const all = 0xffffffff
  test.each([
    [
      [0, 0, 0, 0],
      [0, 0],
      [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8],
    ],
    [
      [all, all, all, all],
      [all, all],
      [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
    ],
    [
      [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
      [0xa4093822, 0x299f31d0],
      [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
    ],
  ])('counter %j, key %j', (counter, key, expected) => {
    expect(philox(counter, key)).toEqual(expected)
  })
})

describe('a source', () => {
  const random = createRandom(7)

  test('answers the same whenever it is asked', () => {
    const first = random.normals(5)
    random.fork('other').uniforms(100)
    expect(random.normals(5)).toEqual(first)
    expect(createRandom(7).normals(5)).toEqual(first)
    expect(random.uniforms(9)[0]).toBe(random.uniform())
    expect(random.uniforms(3)).toEqual(random.uniforms(1000).slice(0, 3))
    expect(random.normals(3)).toEqual(random.normals(1000).slice(0, 3))
  })

  test('is what its documentation says, worked out elsewhere', () => {
    const known = JSON.parse(readFileSync(new URL('../fixtures/random.json', import.meta.url), 'utf8')) as Record<
      string,
      number[]
    >
    const words = (source: Random): number[] => Array.from(source.uniforms(6), (value) => value * 2 ** 32)
    expect({
      'seed 0': words(createRandom(0)),
      "seed 'seed', fork('a', 1)": words(createRandom('seed').fork('a', 1)),
    }).toEqual(known)
  })

  test('is named by its labels, one by one and with their types', () => {
    const names = [
      random,
      random.fork('a'),
      random.fork('b'),
      random.fork('ab'),
      random.fork('a', 'b'),
      random.fork('b', 'a'),
      random.fork(1),
      random.fork('1'),
      createRandom('7'),
      createRandom(8),
    ]
    expect(new Set(names.map((name) => name.uniform())).size).toBe(names.length)
    expect(random.fork('a', 'b').uniform()).toBe(random.fork('a').fork('b').uniform())
  })

  test('is independent of its forks', () => {
    const n = 20_000
    const series = [random, random.fork(0), random.fork(1), random.fork(0, 0)].map((one) => one.uniforms(n))
    for (const [i, a] of series.entries()) {
      for (const b of series.slice(i + 1)) {
        const correlation = mean(a.map((value, k) => (value - 0.5) * (b[k]! - 0.5))) * 12
        expect(Math.abs(correlation)).toBeLessThan(4 / Math.sqrt(n))
      }
    }
  })

  test('is uniform: 64 bins fit by chi-squared, neighbours are uncorrelated', () => {
    const n = 64_000
    const values = random.uniforms(n)
    expect(values.every((value) => value >= 0 && value < 1)).toBe(true)
    const bins = new Array<number>(64).fill(0)
    for (const value of values) bins[Math.floor(64 * value)]!++
    const chi = bins.reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0)
    // 63 degrees of freedom: 0.05 % on either side.
    expect(chi).toBeGreaterThan(32)
    expect(chi).toBeLessThan(106)
    const neighbours = mean(values.slice(1).map((value, k) => (value - 0.5) * (values[k]! - 0.5))) * 12
    expect(Math.abs(neighbours)).toBeLessThan(4 / Math.sqrt(n))
  })

  test('normals have the moments of the normal distribution, and its tails', () => {
    const n = 100_001
    const values = random.normals(n)
    expect(values).toHaveLength(n)
    expect(Math.abs(mean(values))).toBeLessThan(4 / Math.sqrt(n))
    expect(Math.abs(mean(values, (v) => v * v) - 1)).toBeLessThan(4 * Math.sqrt(2 / n))
    expect(Math.abs(mean(values, (v) => v ** 3))).toBeLessThan(4 * Math.sqrt(15 / n))
    expect(Math.abs(mean(values, (v) => v ** 4) - 3)).toBeLessThan(4 * Math.sqrt(96 / n))
    const beyond2 = mean(values, (v) => (Math.abs(v) > 2 ? 1 : 0))
    expect(Math.abs(beyond2 - 0.0455)).toBeLessThan(4 * Math.sqrt(0.0455 / n))
    expect(values.every(Number.isFinite)).toBe(true)
  })

  test('normals are those of Box and Muller, from the words that uniforms are made of', () => {
    const expected = (words: ArrayLike<number>): number[] =>
      Array.from({ length: words.length }, (_, i) => {
        const own = i - (i % 2)
        const radius = Math.sqrt(-2 * Math.log((words[own]! + 1) / 2 ** 32))
        const angle = (2 * Math.PI * words[own + 1]!) / 2 ** 32
        return radius * (i % 2 === 0 ? Math.cos(angle) : Math.sin(angle))
      })
    const words = random.uniforms(20_000).map((value) => value * 2 ** 32)
    // The ends of both ranges too.
    const ends = [
      0,
      0,
      1,
      2 ** 30,
      2 ** 32 - 1,
      5,
      2 ** 32 - 2,
      2 ** 31,
      2 ** 31 - 1,
      2 ** 32 - 1,
      2 ** 31,
      2 ** 24 - 1,
    ]
    const atEnds = new Float32Array(ends.length)
    for (let i = 0; i < ends.length; i += 2) boxMuller(ends[i]!, ends[i + 1]!, atEnds, i)
    for (const [found, wanted] of [
      [random.normals(words.length), expected(words)],
      [atEnds, expected(ends)],
    ] as const) {
      found.forEach((value, i) => {
        expect(Math.abs(value - wanted[i]!)).toBeLessThan(5e-7)
      })
    }
  })

  test('integers fill 0 .. limit - 1 evenly', () => {
    const counts = new Array<number>(6).fill(0)
    for (let k = 0; k < 6000; k++) counts[random.fork(k).integer(6)]!++
    const chi = counts.reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0)
    expect(chi).toBeLessThan(22.1)
    expect(random.integer(1)).toBe(0)
  })

  test('permutations hold every index once, each order as often', () => {
    expect([...random.permutation(257)].sort((a, b) => a - b)).toEqual(Array.from({ length: 257 }, (_, i) => i))
    const orders = new Map<string, number>()
    for (let k = 0; k < 6000; k++) {
      const order = random.fork('order', k).permutation(3).join('')
      orders.set(order, (orders.get(order) ?? 0) + 1)
    }
    expect(orders.size).toBe(6)
    const chi = [...orders.values()].reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0)
    expect(chi).toBeLessThan(22.1)
    expect(random.permutation(0)).toHaveLength(0)
  })
})
