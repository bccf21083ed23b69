import { stripVTControlCharacters } from 'node:util'
import { describe, expect, it } from 'vitest'
import { alike, figure } from '../src/report/format.js'
import { summarise } from '../src/report/summary.js'
import { summaryTables } from '../src/report/table.js'
import { syntheticRows } from './report-rows.js'

const summaries = summarise(syntheticRows(), { resamples: 0 })
const narrow = summaryTables(summaries, { width: 60 })

describe('the table for a terminal', () => {
  it.each([40, 60, 80, 120])('fits %i columns', (width) => {
    const lines = summaryTables(summaries, { width })
      .split('\n')
      .filter((line) => !/^(Gain|SROCC) on/.test(line))
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(width)
  })
  it('puts the columns that do not fit in further blocks', () => {
    const blocks = (text: string) => text.match(/^clean/gm)!.length
    expect(blocks(summaryTables(summaries, { width: 200 }))).toBe(4)
    expect(blocks(narrow)).toBe(8)
  })
  it.each([
    ['Gain', 'gain'],
    ['SROCC', 'srocc'],
  ] as const)('holds the %s of every cell under its defence', (name, of) => {
    const lines = summaryTables(summaries, { width: 200 }).split('\n')
    for (const metric of ['cnniqa', 'linear']) {
      const at = lines.findIndex((line) => line.startsWith(`${name} on ${metric}`))
      const heading = lines[at + 2]!
      for (const cell of summaries.filter((one) => one.metric === metric && one[of] !== null)) {
        const line = lines.slice(at + 3).find((one) => one.startsWith(cell.attack === 'none' ? 'clean' : cell.attack))!
        const end = heading.search(new RegExp(`(^| )${cell.defence}( |$)`)) + 1 + cell.defence.length
        expect(
          line
            .slice(0, end + 1)
            .trim()
            .split(/\s+/)
            .at(-1)!
            .replace('*', ''),
        ).toBe(figure(cell[of]))
      }
    }
  })
  it('says n/a, and marks numbers with missing images', () => {
    expect(narrow).toMatch(/madc( +n\/a)+/)
    expect(narrow).toMatch(/advcf.* \d\.\d{3}\*/)
  })
  it('has colours only when asked', () => {
    expect(stripVTControlCharacters(narrow)).toBe(narrow)
    const coloured = summaryTables(summaries, { width: 60, colour: true })
    expect(coloured).not.toBe(narrow)
    expect(stripVTControlCharacters(coloured)).toBe(narrow)
  })
})

describe('figure', () => {
  it.each([
    [0.0814, '0.081'],
    [9.9996, '10.0'],
    [-0.0001, '0.000'],
    [-12.34, '−12.3'],
    [1234.5, '1235'],
    [1.5e7, '1.5e+7'],
    [Number.POSITIVE_INFINITY, '∞'],
    [null, '–'],
  ])('writes %s as %s', (value, text) => expect(figure(value)).toBe(text))
})

describe('alike', () => {
  it.each([
    [[34.251, -6.5], 34.251, '34.25'],
    [[34.251, -6.5], -6.5, '−6.50'],
    [[0.00912, null], 0.0005, '0.000500'],
    [[1234.5], 1234.5, '1235'],
    [[], 0, '0'],
  ])('among %s writes %s as %s', (values, value, text) => expect(alike(values)(value)).toBe(text))
})
