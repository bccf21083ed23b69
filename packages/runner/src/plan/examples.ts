import type { Store } from '../store/store.js'
import type { Cell, Plan } from './plan.js'

/** One picture of a strip: what it is, its content hash in the store, and its score. */
export interface ExamplePanel {
  readonly label: string
  readonly hash: string
  readonly score: number | null
}

/** A source image, the same attacked, and what each defence made of it. */
export interface Example {
  readonly metric: string
  readonly attack: string
  readonly image: string
  readonly panels: readonly ExamplePanel[]
}

/** The pictures of the cells of one metric, attack and image, as far as the store has them. */
function strip(cells: readonly Cell[], clean: Cell, store: Store): Example | undefined {
  const [{ metric, attack, image }] = cells as [Cell]
  const source = store.attack(clean.steps!.attack)
  const attacked = store.attack(cells[0]!.steps!.attack)
  if (!source || !attacked) return undefined
  const score = (key: string): number | null => store.reading(key)?.score ?? null
  const purified = cells.flatMap(({ defence, draw, steps }) => {
    const assay = store.assay(steps!.assay)
    if (defence.plugin === 'none' || draw > 0 || !assay?.image || !store.hasImage(assay.image)) return []
    return [{ label: defence.label, hash: assay.image, score: score(steps!.reading) }]
  })
  if (purified.length === 0) return undefined
  const panels: ExamplePanel[] = [
    { label: 'clean', hash: source.image, score: score(clean.steps!.clean) },
    { label: attack.label, hash: attacked.image, score: score(cells[0]!.steps!.undefended) },
    ...purified,
  ]
  return { metric: metric.label, attack: attack.label, image: image.name, panels }
}

/** Strips that a report of each metric shows at most. */
const PER_METRIC = 6

/** Strips for the report: for each metric and attack the first image whose purified pictures the store has. */
export function chooseExamples(plan: Plan, store: Store): Example[] {
  const groups = new Map<string, Map<string, Cell[]>>()
  const clean = new Map<string, Cell>()
  for (const cell of plan.cells) {
    if (!cell.steps || cell.threat !== 'static') continue
    const about = `${cell.metric.label} ${cell.image.name}`
    if (cell.attack.plugin === 'none') {
      if (cell.defence.plugin === 'none') clean.set(about, cell)
      continue
    }
    const pair = `${cell.metric.label} ${cell.attack.label}`
    const images = groups.get(pair) ?? new Map<string, Cell[]>()
    groups.set(pair, images)
    images.set(cell.image.name, [...(images.get(cell.image.name) ?? []), cell])
  }
  const shown = new Map<string, number>()
  return [...groups.values()].flatMap((images) => {
    const metric = [...images.values()][0]![0]!.metric.label
    const before = shown.get(metric) ?? 0
    if (before >= PER_METRIC) return []
    const strips = [...images.values()].flatMap((cells) => {
      const source = clean.get(`${metric} ${cells[0]!.image.name}`)
      return (source && strip(cells, source, store)) ?? []
    })
    if (strips.length === 0) return []
    shown.set(metric, before + 1)
    return strips.slice(0, 1)
  })
}
