import { group } from 'd3-array'
import { distinct } from './format.js'
import { mean } from './statistics.js'
import type { Summary } from './summary.js'

/** One matrix of a report: the attacks and defences of one metric under one threat and objective. */
export interface Panel {
  readonly metric: string
  readonly threat: Summary['threat']
  readonly attacked_metric: string
  readonly objective: string
  /** Short, unique among the panels of a report, fit for a file name. */
  readonly name: string
  /** For people: the metric and what sets this panel apart. */
  readonly title: string
  /** `none` (clean images) first, then as in the run. */
  readonly attacks: readonly string[]
  readonly defences: readonly string[]
  cell(attack: string, defence: string): Summary | undefined
  /** All of them, by attack, then by defence. */
  readonly cells: readonly Summary[]
}

/**
 * The matrices of a run. Rows without an attack belong to every one of their metric's; an adaptive attack on no defence is
 * the static one.
 */
export function panelsOf(summaries: readonly Summary[]): Panel[] {
  return [...group(summaries, (cell) => cell.metric)].flatMap(([metric, cells]) => {
    const clean = cells.filter((cell) => cell.attack === 'none')
    const attacked = cells.filter((cell) => cell.attack !== 'none')
    const parts = group(attacked.length > 0 ? attacked : clean.slice(0, 1), (cell) =>
      JSON.stringify([cell.threat, cell.attacked_metric, cell.objective]),
    )
    return [...parts.values()].map((part) => {
      const { threat, attacked_metric, objective } = part[0]!
      const undefended = attacked.filter(
        (cell) =>
          threat === 'adaptive' && cell.threat === 'static' && cell.objective === objective && cell.defence === 'none',
      )
      const members = [...clean, ...undefended, ...part]
      const byPlace = new Map(members.map((cell) => [JSON.stringify([cell.attack, cell.defence]), cell]))
      const objectives = distinct(attacked.map((cell) => cell.objective))
      const marks = [
        threat === 'transfer' ? `transfer from ${attacked_metric}` : threat === 'static' ? '' : threat,
        objectives.length > 1 ? objective : '',
      ].filter(Boolean)
      const attacks = distinct(members.map((cell) => cell.attack)).filter((attack) => attack !== 'none')
      const rows = clean.length > 0 ? ['none', ...attacks] : attacks
      const defences = distinct(members.map((cell) => cell.defence))
      const cell = (attack: string, defence: string) => byPlace.get(JSON.stringify([attack, defence]))
      return {
        metric,
        threat,
        attacked_metric,
        objective,
        name: [metric, ...marks].join('-').replace(/[^\w.-]+/g, '-'),
        title: parts.size > 1 || marks.length > 0 ? `${metric} (${marks.join(', ') || 'static'})` : metric,
        attacks: rows,
        defences,
        cell,
        cells: rows.flatMap((attack) => defences.flatMap((defence) => cell(attack, defence) ?? [])),
      }
    })
  })
}

/** Mean of one number of a defence over the attacks of a panel that have it, clean images included; null where none has. */
export function columnMean(panel: Panel, defence: string, value: (cell: Summary) => number | null): number | null {
  const cells = panel.attacks.map((attack) => panel.cell(attack, defence))
  return mean(cells.flatMap((cell) => (cell && value(cell) !== null ? [value(cell)!] : [])))
}

/** The defences of a panel, the best mean first, those without a number last. */
export function ranked(panel: Panel, value: (cell: Summary) => number | null, best: 'least' | 'greatest'): string[] {
  const means = new Map(panel.defences.map((defence) => [defence, columnMean(panel, defence, value)]))
  const order = (defence: string) => {
    const known = means.get(defence)
    return known === null || known === undefined ? Number.POSITIVE_INFINITY : best === 'least' ? known : -known
  }
  return [...panel.defences].sort((a, b) => (order(a) === order(b) ? 0 : order(a) - order(b)))
}
