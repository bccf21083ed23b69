import type { ScaleContinuousNumeric } from 'd3-scale'
import { schemeTableau10 } from 'd3-scale-chromatic'
import { symbol, symbolsFill } from 'd3-shape'
import { INK, label, px, RULE } from './drawing.js'
import { type Markup, markup } from './markup.js'

/** How the marks of one defence look, the same in every picture of a run. */
export interface Style {
  readonly colour: string
  readonly dash: string
  /** Its marker, centred at a point. */
  marker(x: number, y: number, size?: number): Markup
}

/** Styles by defence: colours and shapes cycle at different lengths, so that more than ten can be told apart; `none` is ink. */
export function stylesOf(defences: readonly string[]): (defence: string) => Style {
  const places = new Map(
    [...defences]
      .filter((name) => name !== 'none')
      .sort()
      .map((name, i) => [name, i]),
  )
  return (defence) => {
    const place = places.get(defence)
    const colour = place === undefined ? INK : schemeTableau10[place % 10]!
    const shape = place === undefined ? symbolsFill[0]! : symbolsFill[1 + (place % (symbolsFill.length - 1))]!
    return {
      colour,
      dash: place === undefined || place < 10 ? '' : '5 3',
      marker: (x, y, size = 60) =>
        markup`<path class="${place === undefined ? 'ink' : 'mark'}" fill="${colour}" d="${symbol(shape, size)()}" transform="translate(${px(x)} ${px(y)})"/>`,
    }
  }
}

export type Scale = ScaleContinuousNumeric<number, number>

/** The two axes of a chart: grid lines, ticks, and what is measured along them. Ranges of the scales are pixels. */
export function axes(x: Scale, y: Scale, xLabel: string, yLabel: string): Markup {
  const [left, right] = x.range() as [number, number]
  const [bottom, top] = y.range() as [number, number]
  const [xTick, yTick] = [x.tickFormat(6), y.tickFormat(6)]
  const rule = (x1: number, y1: number, x2: number, y2: number) =>
    markup`<line class="rule" stroke="${RULE}" x1="${px(x1)}" y1="${px(y1)}" x2="${px(x2)}" y2="${px(y2)}"/>\n`
  const faint = { tone: 'faint', size: 11 } as const
  return markup`${y.ticks(6).map((tick) => [rule(left, y(tick), right, y(tick)), label(yTick(tick), left - 7, y(tick) + 4, { ...faint, anchor: 'end' })])}
${x.ticks(6).map((tick) => [rule(x(tick), bottom, x(tick), bottom + 5), label(xTick(tick), x(tick), bottom + 18, { ...faint, anchor: 'middle' })])}
${label(xLabel, (left + right) / 2, bottom + 38, { anchor: 'middle' })}
${yLabel ? label(yLabel, left - 44, (top + bottom) / 2, { anchor: 'middle', turn: -90 }) : ''}`
}
