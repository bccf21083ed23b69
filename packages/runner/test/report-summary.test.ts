import { describe, expect, it } from 'vitest'
import { panelsOf, ranked } from '../src/report/panels.js'
import { type Summary, summarise, whyMissing } from '../src/report/summary.js'
import type { Row } from '../src/rows.js'
import { syntheticRows } from './report-rows.js'

const plain = syntheticRows({ images: 1, metrics: ['cnniqa'] })[0]!
const row = (changes: Partial<Row>): Row => ({ ...plain, ...changes })

/** Three images under one attack and one defence, with numbers that are easy to work out by hand. */
const clean = { a: 10, b: 20, c: 40 }
const purified = { a: 12, b: 15, c: 48 }
const purifiedClean = { a: 11, b: 20, c: 32 }
const images = ['a', 'b', 'c'] as const
const hand: Row[] = images.flatMap((image) => [
  row({
    image,
    attack: 'none',
    defence: 'jpeg',
    clean_score: clean[image],
    score: purifiedClean[image],
    ssim: 0.9,
    psnr: 40,
  }),
  row({
    image,
    attack: 'ifgsm',
    defence: 'jpeg',
    clean_score: clean[image],
    attacked_score: 0,
    score: purified[image],
    ssim: 0.8,
    psnr: 32,
    registered_ssim: 1,
    registered_psnr: Number.POSITIVE_INFINITY,
  }),
])
const cellOf = (summaries: readonly Summary[], attack: string, defence: string, metric = 'cnniqa') =>
  summaries.find((cell) => cell.metric === metric && cell.attack === attack && cell.defence === defence)!

describe('a cell by hand', () => {
  const cell = cellOf(summarise(hand), 'ifgsm', 'jpeg')

  it("has the study's numbers", () => {
    expect(cell).toMatchObject({ n: 3, ok: 3, failed: 0, not_applicable: 0, draws: 1, reason: '', nonpositive: 0 })
    expect(cell.gain).toBeCloseTo((0.2 + 0.25 + 0.2) / 3, 12)
    expect(cell.gain_range).toBeCloseTo((2 + 5 + 8) / 300, 12)
    expect(cell.srocc).toBe(1)
    expect(cell.quality).toBeCloseTo((0.8 + 32 / 80) / 2, 12)
    // Lower is better here, so a purified score above the source's is no improvement.
    expect(cell.improvement).toBeCloseTo(-(2 - 5 + 8) / 3, 12)
  })
  it('counts the infinite PSNR of identical images as 150', () => {
    expect(cell.registered_quality).toBeCloseTo((1 + 150 / 80) / 2, 12)
  })
  it("has the follow-up's numbers, the purified clean scores looked up among the rows without an attack", () => {
    expect(cell.nonpurified_gain).toBeCloseTo(1, 12)
    expect(cell.nonpurified_gain_range).toBeCloseTo((10 + 20 + 40) / 300, 12)
    expect(cell.both_defended_n).toBe(3)
    expect(cell.both_defended_gain).toBeCloseTo((1 / 11 + 5 / 20 + 16 / 32) / 3, 12)
    expect(cell.both_defended_gain_range).toBeCloseTo((1 + 5 + 16) / 300, 12)
    expect(cell.similarity).toBeCloseTo(0.8 + 32 / 40, 12)
    expect(cell.clear_similarity).toBeCloseTo(0.9 + 40 / 40, 12)
    expect(cell.clear_srocc).toBe(1)
  })
  it('agrees with opinions for a lower-is-better metric when the order is turned round', () => {
    const mos = new Map([
      ['a', 5],
      ['b', 4],
      ['c', 1],
    ])
    const rated = cellOf(summarise(hand, { mos }), 'ifgsm', 'jpeg')
    expect(rated).toMatchObject({ mos_n: 3, mos_clean: 1, mos_purified: 1, mos_purified_clean: 1, mos_attacked: null })
    expect(cell).toMatchObject({ mos_n: 0, mos_clean: null, mos_purified: null })
  })
  it('turns nothing round for a higher-is-better metric', () => {
    const higher = hand.map((one) => ({ ...one, better: 'higher' as const }))
    const mos = new Map([
      ['a', 5],
      ['b', 4],
      ['c', 1],
    ])
    const rated = cellOf(summarise(higher, { mos }), 'ifgsm', 'jpeg')
    expect(rated.mos_clean).toBe(-1)
    expect(rated.improvement).toBeCloseTo((2 - 5 + 8) / 3, 12)
  })
})

describe('Gain', () => {
  it('keeps the sign of its denominator and says how many scores are 0 or less', () => {
    const negative = hand.map((one) => (one.image === 'a' ? { ...one, clean_score: -10 } : one))
    const cell = cellOf(summarise(negative), 'ifgsm', 'jpeg')
    expect(cell.gain).toBeCloseTo((-2.2 + 0.25 + 0.2) / 3, 12)
    expect(cell.nonpositive).toBe(1)
  })
  it('is left out, and says why, where a source score is 0', () => {
    const zero = hand.map((one) => (one.image === 'a' ? { ...one, clean_score: 0 } : one))
    const cell = cellOf(summarise(zero), 'ifgsm', 'jpeg')
    expect([cell.gain, cell.gain_low, cell.gain_worst, cell.nonpurified_gain]).toEqual([null, null, null, null])
    expect(cell.gain_range).toBeCloseTo((12 + 5 + 8) / 300, 12)
    expect(whyMissing(cell, 'gain')).toMatch(/0, so Gain divides by 0/)
  })
})

describe('draws of a random defence', () => {
  const draws = [
    { image: 'a', draw: 0, score: 11 },
    { image: 'a', draw: 1, score: 13 },
    { image: 'a', draw: 2, score: 10 },
    { image: 'b', draw: 0, score: 20 },
    { image: 'b', draw: 1, score: 26 },
    { image: 'b', draw: 2, score: 22 },
    { image: 'c', draw: 0, score: 30 },
    { image: 'c', draw: 1, score: 12 },
    { image: 'c', draw: 2, score: 40 },
  ].map((one) => row({ ...one, attack: 'ifgsm', defence: 'random-crop', clean_score: clean[one.image as 'a'] }))
  const [cell] = summarise(draws)
  // Gains by image: a .1 .3 0, b 0 .3 .1, c .25 .7 0
  it('gives the mean, worst, median and variance over draws, each a mean over images', () => {
    expect(cell).toMatchObject({ n: 3, ok: 9, draws: 3 })
    expect(cell!.gain).toBeCloseTo((0.4 / 3 + 0.4 / 3 + 0.95 / 3) / 3, 12)
    expect(cell!.gain_worst).toBeCloseTo((0.3 + 0.3 + 0.7) / 3, 12)
    expect(cell!.gain_median).toBeCloseTo((0.1 + 0.1 + 0.25) / 3, 12)
    const spread = (values: number[]) => {
      const centre = values.reduce((sum, value) => sum + value, 0) / values.length
      return values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1)
    }
    expect(cell!.gain_variance).toBeCloseTo((2 * spread([0.1, 0.3, 0]) + spread([0.25, 0.7, 0])) / 3, 12)
  })
  it('correlates each draw by itself', () => {
    expect(cell!.srocc).toBeCloseTo((1 - 0.5 + 1) / 3, 12)
    expect(cell!.srocc_worst).toBe(-0.5)
  })
  it('has no variance with one draw', () => expect(summarise(hand)[0]!.gain_variance).toBeNull())
})

describe('rows without numbers', () => {
  it('leaves them out of the means, counts them and says why', () => {
    const failing = [
      ...hand,
      row({ image: 'd', attack: 'ifgsm', defence: 'jpeg', status: 'failed', reason: 'it threw', score: 1e9 }),
    ]
    const cell = cellOf(summarise(failing), 'ifgsm', 'jpeg')
    expect(cell).toMatchObject({ n: 3, ok: 3, failed: 1, reason: 'it threw (1)' })
    expect(cell.gain).toBe(cellOf(summarise(hand), 'ifgsm', 'jpeg').gain)
  })
  it('has no number at all where none is ok, and the most frequent reason first', () => {
    const absent = (['x', 'y', 'y'] as const).map((reason, i) =>
      row({ image: `${i}`, defence: 'resize', status: 'n/a', reason, score: null }),
    )
    const [cell] = summarise(absent)
    expect(cell).toMatchObject({ n: 0, ok: 0, not_applicable: 3, reason: 'y (2); x (1)' })
    const numbers = [
      cell!.gain,
      cell!.gain_range,
      cell!.srocc,
      cell!.quality,
      cell!.score,
      cell!.improvement,
      cell!.purify_ms,
    ]
    expect(new Set(numbers)).toEqual(new Set([null]))
    expect(whyMissing(cell!, 'srocc')).toBe('y (2); x (1)')
  })
  it('says why a correlation is undefined', () => {
    const flat = hand.map((one) => (one.attack === 'ifgsm' ? { ...one, score: 7 } : one))
    expect(whyMissing(cellOf(summarise(flat), 'ifgsm', 'jpeg'), 'srocc')).toBe('all scores are equal')
    const lonely = cellOf(summarise(hand.filter((one) => one.image === 'a')), 'ifgsm', 'jpeg')
    expect([lonely.srocc, lonely.gain_low, whyMissing(lonely, 'srocc')]).toEqual([
      null,
      null,
      'a correlation needs two images',
    ])
  })
  it('never holds NaN or a number out of nothing', () => {
    for (const cell of summarise(syntheticRows({ images: 8 }), { resamples: 50 })) {
      for (const [name, value] of Object.entries(cell)) {
        if (typeof value === 'number')
          expect(value, `${name} of ${cell.attack} → ${cell.defence}`).toSatisfy(Number.isFinite)
      }
    }
  })
})

describe('the matrix', () => {
  const rows = syntheticRows({ images: 12, threats: ['static', 'adaptive'] })
  const summaries = summarise(rows, { resamples: 100 })

  it('does not depend on the order of rows within a cell', () => {
    const byCell = new Map(
      summaries.map((cell) => [`${cell.metric} ${cell.threat} ${cell.attack} ${cell.defence}`, cell]),
    )
    for (const cell of summarise([...rows].reverse(), { resamples: 100 })) {
      expect(cell).toEqual(byCell.get(`${cell.metric} ${cell.threat} ${cell.attack} ${cell.defence}`))
    }
  })
  it('brackets Gain and SROCC with intervals fixed by the seed', () => {
    const cell = cellOf(summaries, 'ifgsm', 'gaussian-blur')
    expect(cell.gain_low!).toBeLessThan(cell.gain!)
    expect(cell.gain_high!).toBeGreaterThan(cell.gain!)
    expect(cell.srocc_low!).toBeLessThanOrEqual(cell.srocc!)
    expect(summarise(rows, { resamples: 100, seed: 1 })).not.toEqual(summaries)
  })
  it('is the identity where nothing was done', () => {
    expect(cellOf(summaries, 'none', 'none')).toMatchObject({
      gain: 0,
      srocc: 1,
      improvement: 0,
      quality: (1 + 150 / 80) / 2,
    })
  })
  it('has one panel per metric and threat, clean images in each, and no defence of the static attack in the adaptive one', () => {
    const panels = panelsOf(
      summarise(
        rows.filter((one) => one.threat === 'static' || one.defence !== 'none'),
        { resamples: 0 },
      ),
    )
    expect(panels.map((panel) => panel.name)).toEqual(['cnniqa', 'cnniqa-adaptive', 'linear', 'linear-adaptive'])
    const [fixed, adaptive] = panels
    expect(adaptive!.attacks).toEqual(['none', 'ifgsm', 'mifgsm', 'advcf', 'madc'])
    expect(adaptive!.cell('none', 'jpeg')).toBe(fixed!.cell('none', 'jpeg'))
    expect(adaptive!.cell('ifgsm', 'none')).toBe(fixed!.cell('ifgsm', 'none'))
    expect(adaptive!.cell('ifgsm', 'jpeg')!.gain).toBeGreaterThan(fixed!.cell('ifgsm', 'jpeg')!.gain!)
  })
  it('ranks defences by their mean over the attacks, those without a number last', () => {
    const panel = panelsOf(summaries).find(({ name }) => name === 'linear')!
    const order = ranked(panel, (cell) => cell.gain_range, 'least')
    const means = order.map((defence) => {
      const gains = panel.attacks.flatMap((attack) => panel.cell(attack, defence)?.gain_range ?? [])
      return gains.length > 0 ? gains.reduce((sum, gain) => sum + gain, 0) / gains.length : Number.POSITIVE_INFINITY
    })
    expect(means).toEqual([...means].sort((a, b) => a - b))
    expect(order.at(-1)).toBe('resize')
    expect(order[0]).toBe('flip')
  })
})
