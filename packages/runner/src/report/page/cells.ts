import { attackLabel } from '../figures.js'
import { figure, NOTHING } from '../format.js'
import { type Markup, markup } from '../markup.js'
import type { Panel } from '../panels.js'
import { type Summary, whyMissing } from '../summary.js'

interface Column {
  readonly title: string
  /** Said when the heading is pointed at. */
  readonly about: string
  readonly value: (cell: Summary) => number | string | null
  readonly interval?: (cell: Summary) => readonly [number | null, number | null]
}

const COLUMNS: readonly Column[] = [
  { title: 'attack', about: 'clean: the source image without an attack', value: (cell) => attackLabel(cell.attack) },
  { title: 'defence', about: 'none: what is scored is the attacked image itself', value: (cell) => cell.defence },
  { title: 'n', about: 'images with a number', value: (cell) => cell.n },
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
  },
  {
    title: 'both defended',
    about: 'mean |f(p(x)) − f(p(xₐ))| / f(p(x)): the attack alone, without what the defence does to clean images',
    value: (cell) => cell.both_defended_gain,
  },
  { title: 'worst draw', about: 'Gain with the greatest of the draws of each image', value: worstDraw('gain_worst') },
  { title: 'median draw', about: 'Gain with the median of the draws of each image', value: worstDraw('gain_median') },
  { title: 'draw variance', about: 'mean variance of the gain over draws', value: worstDraw('gain_variance') },
  { title: 'MOS', about: 'rank correlation of f(p(xₐ)) with opinion scores', value: (cell) => cell.mos_purified },
  {
    title: 'MOS, undefended',
    about: 'rank correlation of f(xₐ) with opinion scores',
    value: (cell) => cell.mos_attacked,
  },
  { title: 'purify ms', about: 'mean milliseconds of the defence per image', value: (cell) => cell.purify_ms },
]

function worstDraw(of: 'gain_worst' | 'gain_median' | 'gain_variance') {
  return (cell: Summary) => (cell.draws > 1 ? cell[of] : null)
}

/** The numbers of one panel as a table that sorts by any column; columns without a number are left out. */
export function cellTable(panel: Panel): Markup {
  const cells = panel.attacks.flatMap((attack) =>
    panel.defences.flatMap((defence) => panel.cell(attack, defence) ?? []),
  )
  const columns = COLUMNS.filter(({ value }) => cells.some((cell) => value(cell) !== null))
  const missing = cells.some((cell) => cell.n === 0 || cell.reason !== '')
  return markup`<div class="scroll" tabindex="0" role="region" aria-label="${`Numbers of ${panel.title}`}"><table>
<caption>Press a heading to sort. ${NOTHING} is no number; in brackets 95 % bootstrap intervals over images.</caption>
<thead><tr>${columns.map(({ title, about }, i) => markup`<th scope="col" class="${i < 2 ? 'text' : ''}" title="${about}"><button type="button">${title}</button></th>`)}${missing && markup`<th scope="col" class="text"><button type="button">missing rows</button></th>`}</tr></thead>
<tbody>
${cells.map(
  (
    cell,
  ) => markup`<tr>${columns.map((column, i) => tableCell(cell, column, i))}${missing && markup`<td class="prose">${absent(cell)}</td>`}</tr>
`,
)}</tbody></table></div>`
}

function tableCell(cell: Summary, { value, interval }: Column, place: number): Markup {
  const content = value(cell)
  if (typeof content === 'string') {
    return place === 0 ? markup`<th scope="row">${content}</th>` : markup`<td class="text">${content}</td>`
  }
  const [low, high] = interval?.(cell) ?? [null, null]
  const range = low !== null && high !== null && markup` <small>[${figure(low)}, ${figure(high)}]</small>`
  const text = place === 2 ? String(content) : figure(content)
  return markup`<td data-value="${content ?? ''}">${text}${range}</td>`
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
