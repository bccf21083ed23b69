import { group } from 'd3-array'
import type { Row } from '../../rows.js'
import { attackLabel } from '../figures.js'
import { FLAGS } from '../flags.js'
import { counted, some } from '../format.js'
import { type Markup, markup } from '../markup.js'

/** More kinds of trouble than this are not listed one by one. */
const LISTED = 100

const where = (rows: readonly Row[]): Markup =>
  markup`<td class="prose">${some(rows.map((row) => row.metric))}</td><td class="prose">${some(rows.map((row) => attackLabel(row.attack)))}</td><td class="prose">${some(rows.map((row) => row.defence))}</td>`

/** A table that scrolls by itself; of its headings only `rows` stands above numbers. */
export const table = (
  label: string,
  headings: readonly string[],
  body: readonly Markup[],
): Markup => markup`<div class="scroll free" tabindex="0" role="region" aria-label="${label}"><table>
<thead><tr>${headings.map((heading) => markup`<th scope="col" class="${heading === 'rows' ? '' : 'text'}">${heading}</th>`)}</tr></thead>
<tbody>${body}</tbody></table></div>`

/** Rows without a score, by status and reason: failures before what does not apply, the most frequent first. */
export function missingRows(rows: readonly Row[]): Markup {
  const missing = rows.filter((row) => row.status !== 'ok')
  if (missing.length === 0) return markup`<p>None: every row is ok.</p>`
  const kinds = [...group(missing, (row) => JSON.stringify([row.status, row.reason])).values()].sort(
    ([a, ...as], [b, ...bs]) =>
      Number(b!.status === 'failed') - Number(a!.status === 'failed') || bs.length - as.length,
  )
  const lines = kinds.slice(0, LISTED).map(
    (
      kind,
    ) => markup`<tr><td class="text ${kind[0]!.status === 'failed' ? 'failed' : 'absent'}">${kind[0]!.status}</td><td class="prose">${kind[0]!.reason || 'no reason given'}</td>${where(kind)}<td class="prose">${some(
      kind.map((row) => row.image),
      3,
    )}</td><td>${kind.length}</td></tr>
`,
  )
  return markup`<p>A row that failed or does not apply has no number anywhere; means are over the other rows, and the tables say how many those are. <b class="failed">failed</b>: a plugin threw or returned what it must not. <b class="absent">n/a</b>: something it needs is not there, or it does not apply.</p>
${table('Failed and n/a rows', ['status', 'reason', 'metrics', 'attacks', 'defences', 'images', 'rows'], lines)}
${kinds.length > LISTED && markup`<p>${counted(kinds.length - LISTED, 'more reason')} in rows.csv.</p>`}`
}

/** The flags that rows carry, what each means and where it stands. */
export function flaggedRows(rows: readonly Row[]): Markup {
  const flagged = rows.flatMap((row) =>
    row.flags
      .split(' ')
      .filter(Boolean)
      .map((flag) => ({ flag, row })),
  )
  if (flagged.length === 0) return markup`<p>None.</p>`
  const lines = [...group(flagged, ({ flag }) => flag)].map(([flag, marks]) => {
    const own = marks.map(({ row }) => row)
    return markup`<tr><th scope="row">${flag}</th><td class="prose">${FLAGS[flag] ?? 'Raised by a plugin; see its documentation.'}</td>${where(own)}<td>${own.length}</td></tr>
`
  })
  return table('Flags', ['flag', 'meaning', 'metrics', 'attacks', 'defences', 'rows'], lines)
}
