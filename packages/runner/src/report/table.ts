import picocolors from 'picocolors'
import { attackLabel } from './figures.js'
import { figure } from './format.js'
import { columnMean, type Panel, panelsOf, ranked } from './panels.js'
import type { Summary } from './summary.js'

export interface TableOptions {
  /** Columns of the terminal; default 100, at least 40. */
  readonly width?: number
  /** ANSI colours: the best number of a line green, one worse than without a defence red. */
  readonly colour?: boolean
}

/** A number that a table shows, and which values of it are better. */
interface Shown {
  readonly of: 'gain' | 'srocc'
  readonly name: string
  readonly best: 'least' | 'greatest'
}

const GAIN: Shown = { of: 'gain', name: 'Gain', best: 'least' }
const SROCC: Shown = { of: 'srocc', name: 'SROCC', best: 'greatest' }

/**
 * Gain and SROCC as text for a terminal: attacks down, defences across, the best mean first, in blocks as wide as the terminal
 * allows; two tables per metric and threat. `n/a`, `failed`: no image of the cell has a number; `*`: some have none.
 */
export function summaryTables(
  summaries: readonly Summary[],
  { width = 100, colour = false }: TableOptions = {},
): string {
  const colours = picocolors.createColors(colour)
  return panelsOf(summaries)
    .flatMap((panel) => [GAIN, SROCC].map((shown) => panelTable(panel, shown, Math.max(40, width), colours)))
    .join('\n')
}

function panelTable(
  panel: Panel,
  { of, name, best }: Shown,
  width: number,
  colours: ReturnType<typeof picocolors.createColors>,
): string {
  const defences = ranked(panel, (cell) => cell[of], best)
  const number = (attack: string, defence: string) => panel.cell(attack, defence)?.[of] ?? null
  const badness = best === 'least' ? 1 : -1
  const first = Math.max(...[...panel.attacks, 'clean'].map((name) => name.length))

  const paint = (text: string, attack: string, defence: string): string => {
    const [value, undefended] = [number(attack, defence), number(attack, 'none')]
    if (value === null) return colours.dim(text)
    const others = defences.flatMap((other) => (other === 'none' ? [] : (number(attack, other) ?? [])))
    if (defence !== 'none' && badness * value === Math.min(...others.map((other) => badness * other))) {
      return colours.green(text)
    }
    const worse = undefended !== null && badness * value > badness * undefended
    return worse && attack !== 'none' ? colours.red(text) : text
  }
  const blocks: string[][] = [[]]
  let used = first
  for (const defence of defences) {
    const column = columnWidth(defence)
    if (used + column > width && blocks.at(-1)!.length > 0) {
      blocks.push([])
      used = first
    }
    blocks.at(-1)!.push(defence)
    used += column
  }
  const lines = blocks.flatMap((block) => [
    '',
    colours.bold(' '.repeat(first) + block.map((defence) => defence.padStart(columnWidth(defence))).join('')),
    ...panel.attacks.map(
      (attack) =>
        attackLabel(attack).padEnd(first) +
        block
          .map((defence) =>
            paint(content(panel.cell(attack, defence), of).padStart(columnWidth(defence)), attack, defence),
          )
          .join(''),
    ),
    colours.dim(
      'mean'.padEnd(first) +
        block
          .map((defence) =>
            figure(columnMean(panel, defence, (cell) => cell[of]))
              .padStart(columnWidth(defence) - 1)
              .padEnd(columnWidth(defence)),
          )
          .join(''),
    ),
  ])
  const images = Math.max(...panel.cells.map((cell) => cell.n))
  const heading = `${colours.bold(`${name} on ${panel.title}`)} (${best === 'least' ? 'less' : 'more'} is better, up to ${images} images)`
  return [heading, ...lines, ''].join('\n')
}

/** Two blanks, the number and room for a mark behind it. */
const columnWidth = (defence: string) => Math.max(defence.length, 7) + 3

/** The number, or why there is none, in the place of one; a blank or a mark behind it. */
function content(cell: Summary | undefined, of: Shown['of']): string {
  if (!cell) return `${figure(null)} `
  if (cell[of] !== null) return figure(cell[of]) + (cell.failed + cell.not_applicable > 0 ? '*' : ' ')
  if (cell.failed > 0) return 'failed '
  if (cell.n === 0) return 'n/a '
  return of === 'gain' ? 'f(x)=0 ' : `${figure(null)} `
}
