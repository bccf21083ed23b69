import type { Row } from '../../rows.js'
import { counted, distinct, some } from '../format.js'
import { type Child, type Markup, markup } from '../markup.js'

/** What made the rows: versions, seed, device and whatever else a run records; anything that JSON can say. */
export type Manifest = object

/** What was run, in a few numbers, and the manifest in full. */
export function overview(rows: readonly Row[], manifest: Manifest, mos?: ReadonlyMap<string, number>): Markup {
  const metrics = distinct(rows.map((row) => row.metric))
  const attacks = distinct(rows.map((row) => row.attack)).filter((name) => name !== 'none')
  const defences = distinct(rows.map((row) => row.defence)).filter((name) => name !== 'none')
  const images = distinct(rows.map((row) => row.image))
  const count = (status: Row['status']) => rows.filter((row) => row.status === status).length
  const known = manifest as Readonly<Record<string, unknown>>
  const facts: readonly (readonly [string, Child, Child?])[] = [
    ['metrics', metrics.length, some(metrics, 8)],
    ['attacks', attacks.length, some(attacks, 8)],
    ['defences', defences.length, some(defences, 8)],
    ['images', images.length, mos && `${images.filter((image) => mos.has(image)).length} with opinion scores`],
    ['rows', rows.length.toLocaleString('en'), rowCounts(count('ok'), count('failed'), count('n/a'))],
    ['seed', distinct(rows.map((row) => String(row.seed))).join(', ')],
    ['device', ...deviceOf(known['device'])],
    ['started', ...timesOf(known)],
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

/** The device that a run got, and the one it asked for where that is another. */
function deviceOf(device: unknown): [Child, Child] {
  if (typeof device === 'string') return [device, false]
  const { asked, got } = (device ?? {}) as { asked?: unknown; got?: unknown }
  if (typeof got !== 'string') return [false, false]
  return [got, typeof asked === 'string' && asked !== got && `asked: ${asked}`]
}

/** The day of a run, and its time and length, from ISO 8601 times. */
function timesOf({ startedAt, finishedAt }: Readonly<Record<string, unknown>>): [Child, Child] {
  if (typeof startedAt !== 'string') return [false, false]
  const [day, time = ''] = startedAt.split('T')
  const seconds =
    typeof finishedAt === 'string' ? Math.round((Date.parse(finishedAt) - Date.parse(startedAt)) / 1000) : Number.NaN
  const length = seconds < 120 ? counted(seconds, 'second') : counted(Math.round(seconds / 60), 'minute')
  return [day, [time.replace(/:\d\d(\.\d+)?Z$/, ' UTC'), Number.isFinite(seconds) && `, took ${length}`]]
}
