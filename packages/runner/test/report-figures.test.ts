import sharp from 'sharp'
import { describe, expect, it } from 'vitest'
import { isScored } from '../src/report/cell.js'
import { figures } from '../src/report/figures.js'
import { contrasting } from '../src/report/heatmap.js'
import { markup } from '../src/report/markup.js'
import { panelsOf } from '../src/report/panels.js'
import { summarise } from '../src/report/summary.js'
import { curvesOf } from '../src/report/thresholds.js'
import type { Row } from '../src/rows.js'
import { syntheticRows } from './report-rows.js'

const rows = syntheticRows()
const summaries = summarise(rows, { resamples: 100 })
const pictures = figures(rows, summaries)
const picture = (name: string) => pictures.find((one) => one.name === name)!.svg
const texts = (svg: string) => [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, text]) => text!)
const titles = (svg: string) => [...svg.matchAll(/<title>([^<]*)<\/title>/g)].map(([, title]) => title!)

describe('figures', () => {
  it('are five per panel, with names fit for files', () => {
    const kinds = ['gain', 'srocc', 'gain-range', 'quality', 'thresholds']
    expect(pictures.map(({ name }) => name)).toEqual(
      ['cnniqa', 'linear'].flatMap((metric) => kinds.map((kind) => `${kind}-${metric}`)),
    )
  })
  it('are well-formed SVG of the stated size, with something drawn', async () => {
    for (const { name, svg, width } of pictures) {
      const image = sharp(Buffer.from(svg))
      expect((await image.metadata()).width, name).toBe(width)
      expect((await image.stats()).channels[0]!.stdev, name).toBeGreaterThan(5)
    }
  })
  it('are the same for the same rows', () => expect(figures(rows, summaries)).toEqual(pictures))
  it('hold no NaN, no undefined and nothing from elsewhere', () => {
    for (const { svg } of pictures) expect(svg).not.toMatch(/NaN|undefined|Infinity|href|url\((?!#)/)
  })
  it('draw what there is where nothing but clean images ran, or nothing worked', () => {
    const clean = rows.filter((row) => row.attack === 'none')
    expect(figures(clean, summarise(clean)).map(({ name }) => name)).toContain('gain-cnniqa')
    const broken = rows.map((row): Row => ({ ...row, status: 'failed', reason: 'broken', score: null }))
    const drawn = figures(broken, summarise(broken))
    expect(drawn.map(({ name }) => name.split('-')[0])).toEqual(['gain', 'srocc', 'gain', 'gain', 'srocc', 'gain'])
    expect(titles(drawn[0]!.svg)[0]).toBe('cnniqa, clean → none: broken (20)')
    expect(figures([], [])).toEqual([])
  })
})

describe('a heatmap', () => {
  const panel = panelsOf(summaries)[0]!
  const drawn = texts(picture('gain-cnniqa'))

  it('has a row for clean images and each attack, and every number of its cells', () => {
    expect(drawn).toEqual(expect.arrayContaining(['clean', 'ifgsm', 'mifgsm', 'advcf', 'madc', 'mean']))
    for (const attack of panel.attacks) {
      for (const defence of panel.defences) expect(drawn).toContain(panel.cell(attack, defence)!.gain!.toFixed(3))
    }
  })
  it('has its columns sorted by their mean, which the last row shows', () => {
    const means = drawn
      .slice(drawn.indexOf('mean') + 1)
      .slice(0, panel.defences.length)
      .map(Number)
    expect(means).toEqual([...means].sort((a, b) => a - b))
    const sroccs = texts(picture('srocc-cnniqa'))
    const correlations = sroccs
      .slice(sroccs.indexOf('mean') + 1)
      .slice(0, panel.defences.length)
      .map(Number)
    expect(correlations).toEqual([...correlations].sort((a, b) => b - a))
  })
  it('hatches a cell without a number and gives the reason', () => {
    const linear = picture('gain-linear')
    // madc's row, resize's column (which share a cell), and the mean of resize.
    expect([...linear.matchAll(/<rect[^>]*fill="url\(#hatch-gain-linear\)"/g)]).toHaveLength(8 + 5 - 1 + 1)
    expect(titles(linear)).toContain('linear, madc → jpeg: madc needs a gradient, linear has none (20)')
  })
  it('marks a number from which images are missing', () => {
    const partial = titles(picture('gain-cnniqa')).filter((title) => title.includes('missing'))
    expect(partial).toHaveLength(1)
    expect(partial[0]).toMatch(
      /advcf → median-blur: \d\.\d{3} \[.*\], n = 17; missing: median-blur returned a pixel that is not finite \(3\)/,
    )
    expect([...picture('gain-cnniqa').matchAll(/<circle/g)]).toHaveLength(1)
  })
  it('writes numbers that stand out from their colour', () => {
    const channel = (value: number) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4)
    const luminance = (colour: string) => {
      const [r, g, b] = colour.startsWith('#')
        ? [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16))
        : colour.match(/\d+/g)!.map(Number)
      return 0.2126 * channel(r! / 255) + 0.7152 * channel(g! / 255) + 0.0722 * channel(b! / 255)
    }
    for (const name of ['gain-cnniqa', 'srocc-cnniqa']) {
      const squares = [...picture(name).matchAll(/<rect[^>]*fill="(rgb[^"]*)"\/><text fill="([^"]*)"/g)]
      expect(squares).toHaveLength(8 * 6)
      for (const [, fill, ink] of squares) {
        expect(ink).toBe(contrasting(fill!))
        const [dark, light] = [luminance(fill!), luminance(ink!)].sort((a, b) => a - b)
        expect((light! + 0.05) / (dark! + 0.05), `${ink} on ${fill}`).toBeGreaterThan(4.5)
      }
    }
  })
})

describe('the curves of Gain against a threshold', () => {
  const own = rows.filter(isScored).filter((row) => row.metric === 'cnniqa' && row.attack !== 'none')
  const curves = curvesOf(own, (row) => row.attacked_ssim)

  it('start at the mean over every attacked image and keep at least five', () => {
    expect(curves).toHaveLength(8)
    for (const { defence, points } of curves) {
      const gains = own
        .filter((row) => row.defence === defence)
        .map((row) => Math.abs(row.clean_score - row.score) / row.clean_score)
      expect(points[0]![1]).toBeCloseTo(gains.reduce((sum, gain) => sum + gain, 0) / gains.length, 12)
      expect(Math.min(...points.map(([, , n]) => n))).toBeGreaterThanOrEqual(5)
    }
  })
  it('count an image once, however many draws it has', () => {
    const last = (defence: string) => curves.find((curve) => curve.defence === defence)!.points.map(([, , n]) => n)
    expect(last('random-crop')).toEqual(last('jpeg'))
  })
  it('go down to the best score where lower is better', () => {
    const points = curvesOf(own, (row) => row.attacked_score, false)[0]!.points
    expect(points[0]![0]).toBeGreaterThan(points.at(-1)![0])
    expect(points[0]![2]).toBe(80)
  })
  it('are none where the measure never varies', () => expect(curvesOf(own, () => 1)).toEqual([]))
})

describe('markup', () => {
  it('escapes text and numbers, not markup', () => {
    expect(markup`<a title="${'"<&>\''}">${markup`<b>${1}</b>`}${null}${undefined}${false}${['x', 2]}</a>`.text).toBe(
      '<a title="&quot;&lt;&amp;&gt;&#39;"><b>1</b>x2</a>',
    )
  })
})
