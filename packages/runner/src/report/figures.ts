import { extent } from 'd3-array'
import { interpolateOrRd, interpolateRdBu } from 'd3-scale-chromatic'
import type { Row } from '../rows.js'
import type { Figure } from './drawing.js'
import { figure, withInterval } from './format.js'
import { type Heatmap, heatmap, type Square } from './heatmap.js'
import { columnMean, type Panel, panelsOf, ranked } from './panels.js'
import { qualityScatter } from './scatter.js'
import { type Summary, whyMissing } from './summary.js'
import { thresholdChart } from './thresholds.js'

/** The row of images without an attack, as people read it. */
export const attackLabel = (attack: string): string => (attack === 'none' ? 'clean' : attack)

type Statistic = 'gain' | 'gain_range' | 'srocc'

const missingRows = (cell: Summary) => cell.failed + cell.not_applicable

function squareOf(panel: Panel, attack: string, defence: string, of: Statistic): Square {
  const place = `${panel.metric}, ${attackLabel(attack)} → ${defence}`
  const cell = panel.cell(attack, defence)
  if (!cell) return { value: null, title: `${place}: not part of this run`, partial: false }
  const value = cell[of]
  if (value === null) return { value, title: `${place}: ${whyMissing(cell, of)}`, partial: false }
  const number = of === 'gain_range' ? figure(value) : withInterval(value, cell[`${of}_low`], cell[`${of}_high`])
  const missing = missingRows(cell) > 0 ? `; missing: ${cell.reason}` : ''
  return { value, title: `${place}: ${number}, n = ${cell.n}${missing}`, partial: missing !== '' }
}

function matrix(
  panel: Panel,
  of: Statistic,
  best: 'least' | 'greatest',
): Pick<Heatmap, 'columns' | 'rows' | 'summary'> {
  const columns = ranked(panel, (cell) => cell[of], best)
  return {
    columns,
    rows: panel.attacks.map((attack) => ({
      label: attackLabel(attack),
      squares: columns.map((defence) => squareOf(panel, attack, defence, of)),
    })),
    summary: {
      label: 'mean',
      squares: columns.map((defence) => {
        const value = columnMean(panel, defence, (cell) => cell[of])
        const having = panel.attacks.filter((attack) => panel.cell(attack, defence)?.[of] != null).length
        return {
          value,
          title: `${panel.metric}, mean of ${having} of ${panel.attacks.length} rows → ${defence}: ${figure(value)}`,
          partial: having < panel.attacks.length,
        }
      }),
    },
  }
}

/** Figure 3 of the study: Gain, attacks down, defences across, the least mean first. */
export function gainHeatmap(panel: Panel, of: 'gain' | 'gain_range' = 'gain'): Figure {
  const parts = matrix(panel, of, 'least')
  const values = parts.rows.flatMap(({ squares }) => squares.flatMap(({ value }) => value ?? []))
  const high = Math.max(extent(values)[1] ?? 0, 0.01)
  const name = of === 'gain' ? 'Gain' : 'Gain over the range'
  return heatmap({
    name: `${of.replace('_', '-')}-${panel.name}`,
    title: `${name} on ${panel.title}`,
    subtitle: 'Less is better. Columns by their mean, the best first.',
    ...parts,
    domain: [0, high],
    colour: (value) => interpolateOrRd(Math.sqrt(Math.min(1, Math.max(0, value / high)))),
    legend: `${name} (colours by square root)`,
  })
}

/** Figure 4 of the study: SROCC of source scores with purified ones, the greatest mean first. */
export function sroccHeatmap(panel: Panel): Figure {
  return heatmap({
    name: `srocc-${panel.name}`,
    title: `SROCC on ${panel.title}`,
    subtitle: 'More is better. Columns by their mean, the best first.',
    ...matrix(panel, 'srocc', 'greatest'),
    domain: [-1, 1],
    // By the square, since most correlations worth telling apart lie near 1.
    colour: (value) => interpolateRdBu((1 + value * Math.abs(value)) / 2),
    legend: 'SROCC of source and purified scores (colours by square)',
  })
}

/** The pictures of one panel. */
export function panelFigures(rows: readonly Row[], panel: Panel): Figure[] {
  const pictures = [
    gainHeatmap(panel),
    sroccHeatmap(panel),
    gainHeatmap(panel, 'gain_range'),
    qualityScatter(panel),
    thresholdChart(rows, panel),
  ]
  return pictures.filter((picture) => picture !== null)
}

/** Every picture of a run, as SVG that stands alone and follows light and dark surroundings. */
export const figures = (rows: readonly Row[], summaries: readonly Summary[]): Figure[] =>
  panelsOf(summaries).flatMap((panel) => panelFigures(rows, panel))
