import { type Child, type Markup, markup } from './markup.js'

/** A picture of a report: SVG text that stands alone, its title, and the name of its file without `.svg`. */
export interface Figure {
  readonly name: string
  readonly title: string
  /** Pixels. */
  readonly width: number
  readonly svg: string
}

/** Colours are attributes for light surroundings, which every viewer knows, and this style for dark ones. */
const DARK = `@media (prefers-color-scheme: dark) {
  .paper { fill: #171a1f } .ink { fill: #e6e8eb } .faint { fill: #a0a8b2 } .rule { stroke: #3b424b } .line { stroke: #e6e8eb }
}`

export const INK = '#1c2127'
export const FAINT = '#5c6670'
export const RULE = '#d8dce1'
export const PAPER = '#ffffff'

/** Coordinates need no more than hundredths of a pixel. */
export const px = (value: number): number => Math.round(value * 100) / 100

/** About how wide a text is in a sans-serif face, in pixels; an SVG cannot be asked before it is drawn. */
export const textWidth = (text: string, size = 12): number => 0.57 * size * text.length

/** A text in the colour of the drawing's ink. */
export function label(
  text: string,
  x: number,
  y: number,
  { size = 12, anchor = 'start', tone = 'ink', weight = 400, turn = 0 }: LabelOptions = {},
): Markup {
  const turned = turn ? markup` transform="rotate(${turn} ${px(x)} ${px(y)})"` : ''
  return markup`<text class="${tone}" fill="${tone === 'ink' ? INK : FAINT}" x="${px(x)}" y="${px(y)}" font-size="${size}" text-anchor="${anchor}" font-weight="${weight}"${turned}>${text}</text>`
}

export interface LabelOptions {
  readonly size?: number
  readonly anchor?: 'start' | 'middle' | 'end'
  readonly tone?: 'ink' | 'faint'
  readonly weight?: number
  readonly turn?: number
}

export interface Drawing {
  readonly name: string
  readonly title: string
  /** What a reader who does not see it should know. */
  readonly description: string
  readonly width: number
  readonly height: number
  readonly body: Child
}

/** The SVG of a drawing. */
export function draw({ name, title, description, width, height, body }: Drawing): Figure {
  const svg = markup`<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="${`${title}. ${description}`}" width="${Math.ceil(width)}" height="${Math.ceil(height)}" viewBox="0 0 ${Math.ceil(width)} ${Math.ceil(height)}" font-family="system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif">
<style>${DARK}</style>
<rect class="paper" fill="${PAPER}" width="100%" height="100%"/>
${body}
</svg>
`
  return { name, title, width: Math.ceil(width), svg: svg.text }
}
