import { ticks } from 'd3-array'
import { draw, type Figure, INK, label, px, textWidth } from './drawing.js'
import { figure } from './format.js'
import { type Markup, markup } from './markup.js'

/** One square of a heatmap: a number, or why there is none. */
export interface Square {
  readonly value: number | null
  /** Shown when pointed at: what the number is, or why it is missing. */
  readonly title: string
  /** Some images are missing from the number. */
  readonly partial: boolean
}

export interface Heatmap {
  readonly name: string
  readonly title: string
  /** One line below the title: how to read it. */
  readonly subtitle: string
  readonly columns: readonly string[]
  readonly rows: readonly { readonly label: string; readonly squares: readonly Square[] }[]
  /** A last row, set apart. */
  readonly summary: { readonly label: string; readonly squares: readonly Square[] }
  /** Ends of the colour scale. */
  readonly domain: readonly [number, number]
  /** rgb(r, g, b) of a number; clamps to the domain. */
  readonly colour: (value: number) => string
  readonly legend: string
}

const HEIGHT = 32
const GAP = 2
const APART = 10
/** Slant of the column labels. */
const SLANT = 38

/** Black or white, whichever stands out more from `rgb(r, g, b)` (contrast ratio of WCAG 2). */
export function contrasting(colour: string): string {
  const [r, g, b] = colour.match(/\d+(\.\d+)?/g)!.map((channel) => {
    const value = Number(channel) / 255
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
  })
  const luminance = 0.2126 * r! + 0.7152 * g! + 0.0722 * b!
  return 1.05 / (luminance + 0.05) > (luminance + 0.05) / 0.05 ? '#ffffff' : '#000000'
}

/** Squares are narrower where there are many. */
const squareWidth = (columns: number) => (columns > 12 ? 48 : 58)

/** Draws a heatmap: rows down, columns across in the order given, the number in each square, reasons where there is none. */
export function heatmap(map: Heatmap): Figure {
  const { columns, rows, summary, domain, colour } = map
  const side = squareWidth(columns.length)
  const hatch = `hatch-${map.name}`
  const square = ({ value, title, partial }: Square, x: number, y: number): Markup => {
    const centre = [px(x + side / 2), px(y + HEIGHT / 2 + 4.3)] as const
    const fill = value === null ? `url(#${hatch})` : colour(value)
    const ink = value === null ? INK : contrasting(fill)
    const text =
      value === null
        ? markup`<text class="faint" fill="#5c6670" x="${centre[0]}" y="${centre[1]}" font-size="11" text-anchor="middle">n/a</text>`
        : markup`<text fill="${ink}" x="${centre[0]}" y="${centre[1]}" font-size="12" text-anchor="middle">${figure(value)}</text>`
    const corner =
      partial && value !== null
        ? markup`<circle fill="${ink}" cx="${px(x + side - 7)}" cy="${px(y + 7)}" r="2.2"/>`
        : ''
    return markup`<g><title>${title}</title><rect x="${px(x)}" y="${px(y)}" width="${side}" height="${HEIGHT}" rx="3" fill="${fill}"/>${text}${corner}</g>\n`
  }

  const radians = (SLANT * Math.PI) / 180
  const longest = Math.max(...columns.map((column) => textWidth(column)))
  const left = 16 + Math.max(...[...rows, summary].map((row) => textWidth(row.label))) + 10
  const top = 62 + longest * Math.sin(radians) + 12
  const right = left + columns.length * (side + GAP)
  const below = top + rows.length * (HEIGHT + GAP) + APART
  const line = (
    row: Heatmap['summary'],
    y: number,
  ) => markup`${label(row.label, left - 10, y + HEIGHT / 2 + 4.3, { anchor: 'end' })}
${row.squares.map((one, i) => square(one, left + i * (side + GAP), y))}`

  const [low, high] = domain
  const bar = { x: left, y: below + HEIGHT + 46, width: Math.min(260, Math.max(160, right - left)), height: 10 }
  const place = (value: number) => bar.x + (bar.width * (value - low)) / (high - low)
  const stops = Array.from({ length: 33 }, (_, i) => i / 32)
  const squares = [...rows.flatMap((row) => row.squares), ...summary.squares]
  const keys = [
    squares.some(({ value }) => value === null) ? 'hatched: no number (point at it for the reason)' : '',
    squares.some(({ value, partial }) => partial && value !== null) ? '● some images are missing from the mean' : '',
  ].filter(Boolean)
  const legend = markup`<linearGradient id="scale-${map.name}">${stops.map((t) => markup`<stop offset="${t}" stop-color="${colour(low + t * (high - low))}"/>`)}</linearGradient>
${label(map.legend, bar.x, bar.y - 8, { tone: 'faint', size: 11 })}
<rect x="${px(bar.x)}" y="${px(bar.y)}" width="${px(bar.width)}" height="${bar.height}" rx="2" fill="url(#scale-${map.name})"/>
${ticks(low, high, 4).map((tick) => label(String(tick).replace('-', '−'), place(tick), bar.y + bar.height + 13, { anchor: 'middle', tone: 'faint', size: 11 }))}
${keys.map((key, i) => label(key, bar.x, bar.y + bar.height + 32 + 16 * i, { tone: 'faint', size: 11 }))}`

  const width = Math.max(
    right + 16,
    ...columns.map((column, i) => left + i * (side + GAP) + side / 2 + textWidth(column) * Math.cos(radians) + 8),
    32 + textWidth(map.title, 15) * 1.05,
    32 + textWidth(map.subtitle),
    left + 16 + Math.max(0, ...keys.map((key) => textWidth(key, 11))),
  )
  return draw({
    name: map.name,
    title: map.title,
    description: `${map.subtitle} ${rows.length} rows, ${columns.length} columns.`,
    width,
    height: bar.y + bar.height + 24 + 16 * keys.length,
    body: markup`<defs><pattern id="${hatch}" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="6" height="6" fill="#8a939d" fill-opacity="0.12"/><rect width="1.4" height="6" fill="#8a939d" fill-opacity="0.55"/></pattern></defs>
${label(map.title, 16, 26, { size: 15, weight: 600 })}
${label(map.subtitle, 16, 45, { tone: 'faint' })}
${columns.map((column, i) => label(column, left + i * (side + GAP) + side / 2, top - 9, { turn: -SLANT, weight: column === 'none' ? 700 : 400 }))}
${rows.map((row, i) => line(row, top + i * (HEIGHT + GAP)))}
${line(summary, below)}
${legend}`,
  })
}
