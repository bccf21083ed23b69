import { extent, group } from 'd3-array'
import { scaleLinear } from 'd3-scale'
import { line } from 'd3-shape'
import type { Row } from '../rows.js'
import { axes, type Style, stylesOf } from './axes.js'
import { gainOf, isScored, type Scored } from './cell.js'
import { draw, type Figure, label, px, textWidth } from './drawing.js'
import { figure } from './format.js'
import { markup } from './markup.js'
import type { Panel } from './panels.js'
import { mean } from './statistics.js'

/** Fewer attacked images than this make no point of a line. */
const LEAST = 5
const STEPS = 20

/** One line: a defence's Gain over the attacked images that are at least `x`. */
interface Curve {
  readonly defence: string
  readonly points: readonly (readonly [x: number, gain: number, n: number])[]
}

/**
 * The Gain of every defence over the attacked images on which `measure` is at least x, for x evenly over the measure's range.
 *
 * @param measure what the abscissa is; rows on which it is null are left out
 * @param upward false turns "at least" into "at most"
 */
export function curvesOf(rows: readonly Scored[], measure: (row: Scored) => number | null, upward = true): Curve[] {
  const attacked = group(
    rows,
    (row) => row.defence,
    (row) => JSON.stringify([row.attack, row.image]),
  )
  const curves = [...attacked].map(([defence, images]) => ({
    defence,
    images: [...images.values()].flatMap((draws) => {
      const x = measure(draws[0]!)
      return x === null || draws[0]!.clean_score === 0 ? [] : [{ x, gain: mean(draws.map(gainOf))! }]
    }),
  }))
  const [low, high] = extent(curves.flatMap(({ images }) => images.map(({ x }) => x)))
  if (low === undefined || high === undefined || low === high) return []
  const thresholds = Array.from(
    { length: STEPS + 1 },
    (_, i) => low + ((upward ? i : STEPS - i) / STEPS) * (high - low),
  )
  return curves.map(({ defence, images }) => ({
    defence,
    points: thresholds.flatMap((threshold) => {
      const kept = images.filter(({ x }) => (upward ? x >= threshold : x <= threshold)).map(({ gain }) => gain)
      return kept.length < LEAST ? [] : [[threshold, mean(kept)!, kept.length] as const]
    }),
  }))
}

/** Whether a row is an attacked image of a panel. */
const belongs =
  (panel: Panel) =>
  (row: Row): boolean =>
    row.metric === panel.metric &&
    row.attack !== 'none' &&
    row.objective === panel.objective &&
    row.attacked_metric === panel.attacked_metric &&
    (row.threat === panel.threat || (panel.threat === 'adaptive' && row.threat === 'static' && row.defence === 'none'))

/**
 * Figure 5 of the study: Gain against the least SSIM of the attacked image (left) and against the least attacked score
 * (right; the greatest where lower scores are better), one line per defence, all attacks together.
 *
 * @returns null where no line has two points
 */
export function thresholdChart(rows: readonly Row[], panel: Panel): Figure | null {
  const own = rows.filter(belongs(panel)).filter(isScored)
  const upward = own[0]?.better !== 'lower'
  const charts = [
    { title: 'Least SSIM of the attacked image', curves: curvesOf(own, (row) => row.attacked_ssim), flip: false },
    {
      title: `${upward ? 'Least' : 'Greatest'} attacked score`,
      curves: curvesOf(own, (row) => row.attacked_score, upward),
      flip: !upward,
    },
  ]
  const gains = charts.flatMap(({ curves }) => curves.flatMap(({ points }) => points.map(([, gain]) => gain)))
  if (!charts.some(({ curves }) => curves.some(({ points }) => points.length > 1))) return null

  const [width, height, left, top, between] = [330, 300, 72, 74, 56]
  const y = scaleLinear([Math.min(0, ...gains), Math.max(...gains, 0.01)], [top + height, top]).nice(6)
  const styles = stylesOf(panel.defences)
  const drawn = charts.map(({ title, curves, flip }, i) => {
    const [low = 0, high = 1] = extent(curves.flatMap(({ points }) => points.map(([x]) => x)))
    const start = left + i * (width + between)
    // Thresholds grow more demanding to the right, whichever way the metric goes.
    const x = scaleLinear(flip ? [high, low] : [low, high], [start, start + width])
    const path = line<Curve['points'][number]>(
      (point) => px(x(point[0])),
      (point) => px(y(point[1])),
    )
    return markup`${axes(x, y, title, i === 0 ? 'Gain' : '')}
${curves.map(({ defence, points }) =>
  curve(
    defence,
    styles(defence),
    path(points as Curve['points'][number][]),
    points.map(([at, gain, n]) => ({
      x: x(at),
      y: y(gain),
      title: `${defence}: Gain ${figure(gain)} at ${figure(at)}, ${n} attacked images`,
    })),
  ),
)}`
  })
  const right = left + 2 * width + between
  const ends = charts[1]!.curves.flatMap(({ defence, points }) =>
    points.length > 0 ? [{ defence, y: y(points.at(-1)![1]) }] : [],
  )
  const names = spread(ends, 15, top + 4, top + height)
  return draw({
    name: `thresholds-${panel.name}`,
    title: `Gain on ${panel.title} against visibility and strength`,
    description: `One line per defence, all attacks together: ${names.map(({ defence }) => defence).join(', ')}.`,
    width: right + 44 + Math.max(...names.map(({ defence }) => textWidth(defence))),
    height: top + height + 54,
    body: markup`${label(`Gain on ${panel.title} against visibility and strength`, 16, 26, { size: 15, weight: 600 })}
${label('All attacks together. Each point is the mean over the attacked images at least that similar (left), at least that far fooled (right).', 16, 45, { tone: 'faint' })}
${drawn}
${names.map(({ defence, y: at, from }) => markup`<line class="rule" stroke="#b4bac1" x1="${right + 3}" y1="${px(from)}" x2="${right + 16}" y2="${px(at)}"/>${styles(defence).marker(right + 24, at, 46)}${label(defence, right + 34, at + 4)}`)}`,
  })
}

function curve(name: string, style: Style, path: string | null, points: { x: number; y: number; title: string }[]) {
  const tone = name === 'none' ? 'line' : 'mark'
  return markup`<path class="${tone}" fill="none" stroke="${style.colour}" stroke-width="1.8" stroke-dasharray="${style.dash}" d="${path ?? ''}"/>
${points.map((point) => markup`<g><title>${point.title}</title>${style.marker(point.x, point.y, 26)}</g>`)}\n`
}

/** Moves labels apart until no two are nearer than `gap`, keeping their order and staying between two heights. */
function spread<T extends { y: number }>(
  items: readonly T[],
  gap: number,
  top: number,
  bottom: number,
): (T & { from: number })[] {
  const placed = [...items].sort((a, b) => a.y - b.y).map((item) => ({ ...item, from: item.y }))
  for (const [i, item] of placed.entries()) item.y = Math.max(item.y, i === 0 ? top : placed[i - 1]!.y + gap)
  for (let i = placed.length - 1, limit = Math.max(bottom, top + gap * (placed.length - 1)); i >= 0; i--) {
    placed[i]!.y = Math.min(placed[i]!.y, limit)
    limit = placed[i]!.y - gap
  }
  return placed
}
