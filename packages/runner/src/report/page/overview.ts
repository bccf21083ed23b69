import type { Row } from '../../rows.js'
import { counted } from '../format.js'
import { type Child, type Markup, markup } from '../markup.js'

/** What made the rows: versions, seed, device and whatever else a run records; anything that JSON can say. */
export type Manifest = object

const distinct = (values: readonly string[]): string[] => [...new Set(values)]

/** What was run, in a few numbers, and the manifest in full. */
export function overview(rows: readonly Row[], manifest: Manifest): Markup {
  const metrics = distinct(rows.map((row) => row.metric))
  const attacks = distinct(rows.map((row) => row.attack)).filter((name) => name !== 'none')
  const defences = distinct(rows.map((row) => row.defence)).filter((name) => name !== 'none')
  const images = distinct(rows.map((row) => row.image))
  const count = (status: Row['status']) => rows.filter((row) => row.status === status).length
  const known = manifest as Readonly<Record<string, unknown>>
  const facts: readonly (readonly [string, Child, Child?])[] = [
    ['metrics', metrics.length, metrics.join(', ')],
    ['attacks', attacks.length, attacks.join(', ')],
    ['defences', defences.length, defences.join(', ')],
    ['images', images.length],
    ['rows', rows.length.toLocaleString('en'), rowCounts(count('ok'), count('failed'), count('n/a'))],
    ['seed', distinct(rows.map((row) => String(row.seed))).join(', ')],
    ['device', deviceOf(known['device'])],
    [
      'started',
      typeof known['startedAt'] === 'string' && known['startedAt'].replace('T', ' ').replace(/\.\d+Z$/, ' UTC'),
      took(known),
    ],
    [
      'cupel',
      typeof known['cupel'] === 'string' && known['cupel'],
      typeof known['git'] === 'string' && `revision ${known['git'].slice(0, 10)}`,
    ],
  ]
  return markup`<dl class="facts">
${facts.flatMap(([name, value, detail]) =>
  value === false || value === ''
    ? []
    : markup`<div><dt>${name}</dt><dd>${value}${detail && markup`<small>${detail}</small>`}</dd></div>
`,
)}</dl>
<details><summary>Versions, plugins, options and weights</summary>
<pre tabindex="0">${JSON.stringify(manifest, null, 2)}</pre></details>`
}

const rowCounts = (ok: number, failed: number, absent: number): Child => [
  `${ok.toLocaleString('en')} ok`,
  failed > 0 && markup`, <b class="failed">${failed.toLocaleString('en')} failed</b>`,
  absent > 0 && markup`, <b class="absent">${absent.toLocaleString('en')} n/a</b>`,
]

function deviceOf(device: unknown): string | false {
  if (typeof device === 'string') return device
  const { asked, got } = (device ?? {}) as { asked?: unknown; got?: unknown }
  if (typeof got !== 'string') return false
  return typeof asked === 'string' && asked !== got ? `${got} (asked: ${asked})` : got
}

function took({ startedAt, finishedAt }: Readonly<Record<string, unknown>>): string | false {
  if (typeof startedAt !== 'string' || typeof finishedAt !== 'string') return false
  const seconds = Math.round((Date.parse(finishedAt) - Date.parse(startedAt)) / 1000)
  if (!Number.isFinite(seconds)) return false
  return `took ${seconds < 120 ? counted(seconds, 'second') : counted(Math.round(seconds / 60), 'minute')}`
}
