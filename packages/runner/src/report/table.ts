import picocolors from 'picocolors'
import { attackLabel } from './figures.js'
import { figure } from './format.js'
import { columnMean, type Panel, panelsOf, ranked } from './panels.js'
import type { Summary } from './summary.js'

export interface TableOptions {
  /** Columns of the terminal; default 100, at least 40. */
  readonly width?: number
  /** ANSI colours: the least Gain of a line green, a Gain greater than without a defence red. */
  readonly colour?: boolean
}

/**
 * Gain as text for a terminal: attacks down, defences across, the best mean first, in blocks as wide as the terminal allows;
 * one table per metric and threat. `n/a`, `failed`: no image of the cell has a number; `*`: some have none.
 */
export function gainTable(summaries: readonly Summary[], { width = 100, colour = false }: TableOptions = {}): string {
  return panelsOf(summaries)
    .map((panel) => panelTable(panel, Math.max(40, width), picocolors.createColors(colour)))
    .join('\n')
}

function panelTable(panel: Panel, width: number, colours: ReturnType<typeof picocolors.createColors>): string {
  const defences = ranked(panel, (cell) => cell.gain, 'least')
  const gain = (attack: string, defence: string) => panel.cell(attack, defence)?.gain ?? null
  const first = Math.max(...[...panel.attacks, 'clean'].map((name) => name.length))

  const paint = (text: string, attack: string, defence: string): string => {
    const [value, undefended] = [gain(attack, defence), gain(attack, 'none')]
    if (value === null) return colours.dim(text)
    const least = Math.min(...defences.flatMap((other) => (other === 'none' ? [] : (gain(attack, other) ?? []))))
    if (defence !== 'none' && value === least) return colours.green(text)
    return undefended !== null && value > undefended && attack !== 'none' ? colours.red(text) : text
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
          .map((defence) => paint(content(panel.cell(attack, defence)).padStart(columnWidth(defence)), attack, defence))
          .join(''),
    ),
    colours.dim(
      'mean'.padEnd(first) +
        block
          .map((defence) =>
            figure(columnMean(panel, defence, (cell) => cell.gain))
              .padStart(columnWidth(defence) - 1)
              .padEnd(columnWidth(defence)),
          )
          .join(''),
    ),
  ])
  const images = Math.max(...panel.cells.map((cell) => cell.n))
  const heading = `${colours.bold(`Gain on ${panel.title}`)} (less is better, up to ${images} images)`
  return [heading, ...lines, ''].join('\n')
}

/** Two blanks, the number and room for a mark behind it. */
const columnWidth = (defence: string) => Math.max(defence.length, 7) + 3

/** The number, or why there is none, in the place of one; a blank or a mark behind it. */
function content(cell: Summary | undefined): string {
  if (!cell) return `${figure(null)} `
  if (cell.gain !== null) return figure(cell.gain) + (cell.failed + cell.not_applicable > 0 ? '*' : ' ')
  return cell.failed > 0 ? 'failed ' : cell.n > 0 ? 'f(x)=0 ' : 'n/a '
}
