import { createHash } from 'node:crypto'
import sharp from 'sharp'
import { describe, expect, it } from 'vitest'
import { type Example, renderReport } from '../src/report/index.js'
import { strips } from '../src/report/page/examples.js'
import { summarise } from '../src/report/summary.js'
import type { Row } from '../src/rows.js'
import { syntheticRows } from './report-rows.js'

const rows = syntheticRows({ threats: ['static', 'adaptive'] })
const png = await sharp({ create: { width: 8, height: 8, channels: 3, background: 'teal' } })
  .png()
  .toBuffer()
const example = (metric: string, image: string, size = png): Example => ({
  metric,
  image,
  attack: 'ifgsm',
  panels: [
    { label: 'clean', png: size, score: 34.25 },
    { label: 'ifgsm', png: size, score: 6.5 },
    { label: 'difference × 20', png: size, score: null, caption: 'L-infinity 10/255' },
    { label: 'jpeg', png: size, score: 31.75 },
  ],
})
const manifest = {
  cupel: '0.1.0',
  git: '0123456789abcdef',
  seed: 1,
  device: { asked: 'cuda', got: 'cpu' },
  startedAt: '2026-01-02T03:04:05.000Z',
  finishedAt: '2026-01-02T03:14:05.000Z',
  surroundings: { 'onnxruntime-node': '1.30.0' },
}
const summaries = summarise(rows, { resamples: 50 })
const html = await renderReport({ rows, summaries, manifest, examples: [example('cnniqa', 'photos/003.png')] })
const textOf = (page: string) =>
  page
    .replace(/<(style|script)>.*?<\/\1>/gs, '')
    .replace(/<[^>]+>/g, ' ')
    .replace(/\s+/g, ' ')

describe('report.html', () => {
  it('asks nothing of the network', () => {
    const addresses = [...html.matchAll(/(?:https?:)?\/\/[\w.-]+\.\w+/g)].map(([address]) => address)
    expect(new Set(addresses)).toEqual(new Set(['http://www.w3.org']))
    for (const [, target] of html.matchAll(/(?:src|href)="([^"]*)"/g))
      expect(target).toMatch(/^(#|data:image\/webp;base64,)/)
    expect(html).not.toMatch(/@import|<link|<iframe/)
  })
  it('tells what was trained and set before the matrix, where anything was', async () => {
    expect(html).not.toContain('made ready')
    const record = { attack: 'uap', metric: 'nss', defence: '', images: 40, ms: 61_400, calibration: null }
    const calibration = { knob: 0.25, achieved: 8 / 255, reached: false }
    const made = { preparations: [record], calibrations: [{ ...record, defence: 'jpeg', ms: 2000, calibration }] }
    const text = textOf(await renderReport({ rows, summaries, manifest: { ...manifest, ...made }, examples: [] }))
    expect(text).toContain('uap nss – trained 40 images 61 seconds')
    expect(text).toContain('uap nss jpeg knob 0.25, which gives 0.03137 (the nearest) 40 images 2 seconds')
  })
  it('lets nothing run but its own script', () => {
    const script = /<script>(.*?)<\/script>/s.exec(html)![1]!
    expect(html).toContain(`script-src &#39;sha256-${createHash('sha256').update(script).digest('base64')}&#39;`)
    expect(html.match(/<script/g)).toHaveLength(1)
    expect(html).not.toMatch(/ on\w+="/)
  })
  it('closes every element it opens', () => {
    const open: string[] = []
    const empty = new Set(['meta', 'img', 'br', 'link', 'input'])
    for (const [, close, name, self] of html
      .replace(/<(style|script)>.*?<\/\1>/gs, '')
      .matchAll(/<(\/?)([a-zA-Z][\w-]*)(?:"[^"]*"|[^">])*?(\/?)>/g)) {
      if (self || empty.has(name!)) continue
      if (close) expect(open.pop()).toBe(name)
      else open.push(name!)
    }
    expect(open).toEqual([])
  })
  it('gives every id once', () => {
    const ids = [...html.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id)
    expect(new Set(ids).size).toBe(ids.length)
    for (const [, target] of html.matchAll(/href="#([^"]*)"|url\(#([^)]*)\)/g))
      if (target) expect(ids).toContain(target)
  })
  it('says what was run', () => {
    const text = textOf(html)
    expect(text).toMatch(/metrics 2 cnniqa, linear attacks 4 .* defences 7 .* images 20 rows 3,600/)
    expect(text).toMatch(
      /device cpu asked: cuda started 2026-01-02 03:04 UTC, took 10 minutes cupel 0.1.0 revision 0123456789/,
    )
    expect(text).toContain('onnxruntime-node')
  })
  it('has, per metric and threat, its heatmaps and a table with headings, one line a cell', () => {
    for (const title of ['Gain on cnniqa (static)', 'SROCC on cnniqa (adaptive)', 'Gain on linear (static)'])
      expect(html).toContain(title)
    const [table] = html.match(/<table>\s*<caption>Press.*?<\/table>/s)!
    expect(table!.match(/<tr>/g)).toHaveLength(1 + 5 * 8)
    expect(table!.match(/<th scope="col"/g)!.length).toBeGreaterThan(10)
    expect(table!.match(/<th scope="row"/g)).toHaveLength(40)
  })
  it('shows the examples with their scores', () => {
    expect(html.match(/<img /g)).toHaveLength(4)
    expect(html).toContain('alt="photos/003.png: ifgsm, score 6.50"')
    expect(textOf(html)).toMatch(
      /clean 34.25 ifgsm 6.50 \(−27.75\) difference × 20 L-infinity 10\/255 jpeg 31.75 \(−2.50\)/,
    )
  })
  it('groups the rows without a number by reason, failures first', () => {
    const section = textOf(/<section id="missing">.*?<\/section>/s.exec(html)![0])
    expect(section).toMatch(
      /failed median-blur returned a pixel that is not finite cnniqa, linear advcf median-blur photos\/003.png, photos\/010.png, photos\/017.png 12 n\/a/,
    )
    expect(section).toContain('madc needs a gradient, linear has none')
  })
  it('explains flags, and warns of scores that Gain cannot divide by', async () => {
    const flagged = await renderReport({
      summaries,
      rows: rows.map((row, i) => (i === 0 ? { ...row, flags: 'static-stronger odd-one' } : row)),
      manifest,
      examples: [],
    })
    const section = textOf(/<section id="flags">.*?<\/section>/s.exec(flagged)![0])
    expect(section).toMatch(/static-stronger The adaptive attack/)
    expect(section).toMatch(/odd-one Raised by a plugin/)
    expect(textOf(html)).toMatch(/2 source images of this metric have scores of 0 or less/)
  })
  it('treats text of rows and examples as text', async () => {
    const evil = '"><script>alert(1)</script><img src=x onerror=alert(1)>'
    const bad = rows.slice(0, 400).map(
      (row): Row => ({
        ...row,
        image: `${evil}${row.image}`,
        defence: row.defence === 'jpeg' ? evil : row.defence,
        status: row.defence === 'flip' ? 'failed' : row.status,
        reason: evil,
        flags: '<b>',
      }),
    )
    const page = await renderReport({ rows: bad, manifest: { note: evil }, examples: [example('cnniqa', evil)] })
    expect(page.match(/<script/g)).toHaveLength(1)
    expect(page).not.toContain('<img src=x')
    expect(page).not.toContain('<b>&lt;b&gt;')
    expect(page).toContain('&lt;script&gt;alert(1)&lt;/script&gt;')
  })
  it('correlates with opinions when it has them, and says of how many images', async () => {
    const mos = new Map(rows.slice(0, 150).map((row) => [row.image, Number(row.image.slice(-6, -4))]))
    const text = textOf(
      await renderReport({ rows, summaries: summarise(rows, { mos, resamples: 0 }), manifest, examples: [], mos }),
    )
    expect(text).toContain('MOS, undefended')
    expect(text).toContain(`images 20 ${mos.size} with opinion scores`)
    expect(textOf(html)).not.toMatch(/MOS, undefended|with opinion scores/)
    expect(
      textOf(await renderReport({ rows, summaries, manifest, examples: [], mos: new Map([['elsewhere.png', 1]]) })),
    ).toContain('images 20 0 with opinion scores')
  })
  it('is possible for a run without rows', async () =>
    expect(await renderReport({ rows: [], manifest, examples: [] })).toContain('None: every row is ok'))
})

describe('examples', async () => {
  const names = (kept: readonly { metric: string; image: string }[]) => kept.map(({ metric, image }) => metric + image)
  const noise = await sharp({
    create: {
      width: 700,
      height: 500,
      channels: 3,
      noise: { type: 'gaussian', mean: 128, sigma: 40 },
      background: 'gray',
    },
  })
    .png()
    .toBuffer()
  const all = [
    ['a', '1'],
    ['a', '2'],
    ['a', '3'],
    ['b', '1'],
    ['b', '2'],
  ].map(([metric, image]) => example(metric!, image!, noise))

  it('keep the first of each metric, then as many as fit, in the order given', async () => {
    const one = (await strips(all.slice(0, 1)))[0]!.panels.reduce((sum, { picture }) => sum + picture.length, 0)
    expect(names(await strips(all, 0))).toEqual(['a1', 'b1'])
    expect(names(await strips(all, 3.5 * one))).toEqual(['a1', 'a2', 'b1'])
    expect(names(await strips(all, 4.5 * one))).toEqual(['a1', 'a2', 'b1', 'b2'])
    expect(names(await strips(all, 6 * one))).toEqual(['a1', 'a2', 'a3', 'b1', 'b2'])
  })
  it('are reduced, and never enlarged', async () => {
    const [large, small] = await strips([example('a', '1', noise), example('b', '1')])
    const size = async ({ picture }: { picture: string }) => {
      const { width, height, format } = await sharp(Buffer.from(picture.split(',')[1]!, 'base64')).metadata()
      return [width, height, format]
    }
    expect(await size(large!.panels[0]!)).toEqual([320, 229, 'webp'])
    expect(await size(small!.panels[0]!)).toEqual([8, 8, 'webp'])
  })
  it('say how many were left out of a page that stays small', async () => {
    const many = Array.from({ length: 40 }, (_, i) => example('cnniqa', `${i}`, noise))
    const page = await renderReport({ rows, summaries, manifest, examples: many })
    expect(page.length).toBeLessThan(5_000_000)
    const shown = page.match(/<img /g)!.length / 4
    expect(shown).toBeGreaterThan(3)
    expect(textOf(page)).toContain(`${40 - shown} more examples left out`)
  })
})
