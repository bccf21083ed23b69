import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { bootstrap, mean, median, once, pearsonOf, spearman, spearmanOf, variance } from '../src/report/statistics.js'

interface Fixture {
  cases: {
    name: string
    x: number[]
    y: number[]
    spearman: number | null
    pearson: number | null
    mean: number
    median: number
    variance: number | null
  }[]
  bootstrap: {
    mean: { x: number[]; interval: [number, number] }
    spearman: { x: number[]; y: number[]; interval: [number, number] }
  }
}
const fixture: Fixture = JSON.parse(readFileSync(new URL('../fixtures/report.json', import.meta.url), 'utf8'))

describe('statistics beside scipy and numpy', () => {
  it.each(fixture.cases)('$name', ({ x, y, ...expected }) => {
    const rho = spearman(x, y)
    if (expected.spearman === null) expect(rho).toBeNull()
    else expect(rho).toBeCloseTo(expected.spearman, 12)
    const r = pearsonOf(x, y)(once(x.length))
    if (expected.pearson === null) expect(r).toBeNull()
    else expect(r).toBeCloseTo(expected.pearson, 12)
    expect(mean(x)! / expected.mean).toBeCloseTo(1, 12)
    expect(median(x)).toBeCloseTo(expected.median, 12)
    if (expected.variance === null) expect(variance(x)).toBeNull()
    else expect(variance(x)! / expected.variance).toBeCloseTo(1, 12)
  })

  it('counts a pair as often as it is told to', () => {
    const x = [3, 1, 2, 2, 5]
    const y = [1, 2, 2, 4, 3]
    const counts = [2, 0, 3, 1, 1]
    const repeat = (values: number[]) => values.flatMap((value, i) => Array<number>(counts[i]!).fill(value))
    expect(spearmanOf(x, y)(counts)).toBeCloseTo(spearman(repeat(x), repeat(y))!, 12)
  })

  it('refuses samples of different sizes', () => expect(() => spearman([1, 2], [1])).toThrow(RangeError))
})

describe('bootstrap', () => {
  const { mean: gain, spearman: rank } = fixture.bootstrap
  const meanOf = (values: number[]) => (counts: ArrayLike<number>) =>
    values.reduce((sum, value, i) => sum + counts[i]! * value, 0) / values.length
  const width = ([low, high]: readonly [number, number]) => high - low

  it.each([
    ['a mean', gain.x.length, meanOf(gain.x), gain.interval],
    ['a rank correlation', rank.x.length, spearmanOf(rank.x, rank.y), rank.interval],
  ] as const)('finds the interval of %s that scipy finds', (_, n, statistic, expected) => {
    const found = bootstrap({ resamples: 4000 })(n, statistic)!
    // Both are random; the standard error of a 2.5 % quantile of 4000 draws is about 2 % of the interval's width.
    for (const end of [0, 1] as const) expect(Math.abs(found[end] - expected[end])).toBeLessThan(0.07 * width(expected))
  })

  it('depends on its seed alone', () => {
    const interval = (seed: number) => bootstrap({ seed, resamples: 200 })(gain.x.length, meanOf(gain.x))
    expect(interval(3)).toEqual(interval(3))
    expect(interval(3)).not.toEqual(interval(4))
  })

  it('widens with its level', () => {
    const interval = (level: number) => bootstrap({ level, resamples: 400 })(gain.x.length, meanOf(gain.x))!
    expect(width(interval(0.99))).toBeGreaterThan(width(interval(0.8)))
  })

  it('gives none for two values or an undefined statistic', () => {
    expect(bootstrap()(2, meanOf([1, 2]))).toBeNull()
    expect(bootstrap()(20, () => null)).toBeNull()
  })
})
