import { attackLabel } from '../figures.js'
import { alike, figure, NOTHING } from '../format.js'
import { type Markup, markup } from '../markup.js'
import type { Panel } from '../panels.js'
import { type Summary, whyMissing } from '../summary.js'

interface Column {
  readonly title: string
  /** Said when the heading is pointed at. */
  readonly about: string
  readonly value: (cell: Summary) => number | string | null
  /** Whole numbers, or numbers in the metric's own units, whose decimals depend on how great they are; else figures. */
  readonly unit?: 'count' | 'native'
  readonly interval?: (cell: Summary) => readonly [number | null, number | null]
}

const COLUMNS: readonly Column[] = [
  { title: 'attack', about: 'clean: the source image without an attack', value: (cell) => attackLabel(cell.attack) },
  { title: 'defence', about: 'none: what is scored is the attacked image itself', value: (cell) => cell.defence },
  { title: 'n', about: 'images with a number', value: (cell) => cell.n, unit: 'count' },
  {
    title: 'Gain',
    about: 'mean |f(x) − f(p(xₐ))| / f(x), with its 95 % interval; less is better',
    value: (cell) => cell.gain,
    interval: (cell) => [cell.gain_low, cell.gain_high],
  },
  { title: 'Gain / range', about: 'mean |f(x) − f(p(xₐ))| / r; less is better', value: (cell) => cell.gain_range },
  {
    title: 'SROCC',
    about: 'rank correlation of f(x) and f(p(xₐ)) over images, with its 95 % interval; more is better',
    value: (cell) => cell.srocc,
    interval: (cell) => [cell.srocc_low, cell.srocc_high],
  },
  {
    title: 'quality',
    about: 'mean (SSIM + PSNR/80) / 2 beside the source; more is better',
    value: (cell) => cell.quality,
  },
  {
    title: 'registered',
    about: 'the same in the purified frame: same crop, flip, rotation',
    value: (cell) => cell.registered_quality,
  },
  {
    title: 'improvement',
    about: 'mean f(p(xₐ)) − f(x) in the units of the metric; positive: a better score than the source has',
    value: (cell) => cell.improvement,
    unit: 'native',
  },
  {
    title: 'both defended',
    about: 'mean |f(p(x)) − f(p(xₐ))| / f(p(x)): the attack alone, without what the defence does to clean images',
    value: (cell) => cell.both_defended_gain,
  },
  { title: 'worst draw', about: 'Gain with the greatest of the draws of each image', value: overDraws('gain_worst') },
  { title: 'median draw', about: 'Gain with the median of the draws of each image', value: overDraws('gain_median') },
  { title: 'draw variance', about: 'mean variance of the gain over draws', value: overDraws('gain_variance') },
  { title: 'MOS', about: 'rank correlation of f(p(xₐ)) with opinion scores', value: (cell) => cell.mos_purified },
  {
    title: 'MOS, undefended',
    about: 'rank correlation of f(xₐ) with opinion scores',
    value: (cell) => cell.mos_attacked,
  },
  { title: 'purify ms', about: 'mean milliseconds of the defence per image', value: (cell) => cell.purify_ms },
]

function overDraws(of: 'gain_worst' | 'gain_median' | 'gain_variance') {
  return (cell: Summary) => (cell.draws > 1 ? cell[of] : null)
}

/** The numbers of one panel as a table that sorts by any column; columns without a number are left out. */
export function cellTable(panel: Panel): Markup {
  const { cells } = panel
  const columns = COLUMNS.filter(({ value }) => cells.some((cell) => value(cell) !== null)).map((column) => ({
    ...column,
    show: formatOf(column, cells),
  }))
  const missing = cells.some((cell) => cell.n === 0 || cell.reason !== '')
  const headings = [
    ...columns.map(({ title, about, value }) => ({ title, about, text: typeof value(cells[0]!) === 'string' })),
    ...(missing ? [{ title: 'missing rows', about: 'how many have no number, and why', text: true }] : []),
  ]
  const lines = cells.map((cell) => {
    const reasons = missing && markup`<td class="prose">${absent(cell)}</td>`
    return markup`<tr>${columns.map((column, i) => tableCell(cell, column, i === 0))}${reasons}</tr>
`
  })
  return markup`<div class="scroll" tabindex="0" role="region" aria-label="${`Numbers of ${panel.title}`}"><table>
<caption>Press a heading to sort. ${NOTHING} is no number; in brackets 95 % bootstrap intervals over images.</caption>
<thead><tr>${headings.map(({ title, about, text }) => markup`<th scope="col" class="${text ? 'text' : ''}" title="${about}"><button type="button">${title}</button></th>`)}</tr></thead>
<tbody>
${lines}</tbody></table></div>`
}

function formatOf({ unit, value }: Column, cells: readonly Summary[]): (value: number) => string {
  if (unit === 'count') return String
  return unit === 'native' ? alike(cells.map(value).filter((content) => typeof content === 'number')) : figure
}

function tableCell(
  cell: Summary,
  { value, interval, show }: Column & { readonly show: (value: number) => string },
  heads: boolean,
): Markup {
  const content = value(cell)
  if (typeof content === 'string') {
    return heads ? markup`<th scope="row">${content}</th>` : markup`<td class="text">${content}</td>`
  }
  const [low, high] = interval?.(cell) ?? [null, null]
  const range = low !== null && high !== null && markup` <small>[${figure(low)}, ${figure(high)}]</small>`
  return markup`<td data-value="${content ?? ''}">${content === null ? NOTHING : show(content)}${range}</td>`
}

/** What a cell lacks and why, in words. */
function absent(cell: Summary): string {
  const undefinedNumbers =
    cell.n === 0
      ? ''
      : (['gain', 'srocc'] as const)
          .flatMap((of) => (cell[of] === null ? `${of === 'gain' ? 'Gain' : 'SROCC'}: ${whyMissing(cell, of)}` : []))
          .join('; ')
  return [cell.reason, undefinedNumbers].filter(Boolean).join('; ')
}
