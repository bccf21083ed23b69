import { alike } from '../format.js'
import { type Markup, markup } from '../markup.js'

/** One picture of a strip, as PNG, with the score of what it shows (null: none, as for a difference). */
export interface ExamplePanel {
  readonly label: string
  readonly png: Uint8Array
  readonly score: number | null
  readonly caption?: string
}

/** Pictures of one image under one metric: the clean one first, then attacked, difference and purified ones. */
export interface Example {
  readonly metric: string
  readonly image: string
  readonly attack?: string
  readonly panels: readonly ExamplePanel[]
}

/** Bytes of pictures that a report carries at most; the rest is left out and said to be. */
const BUDGET = 5_000_000

const bytesOf = ({ panels }: Example) => panels.reduce((sum, { png }) => sum + png.length, 0)

/** The first examples of each metric in turn, as many as fit the budget; a metric keeps at least its first. */
export function affordable(examples: readonly Example[], budget = BUDGET): Example[] {
  const metrics = new Map<string, number>()
  const turns = examples.map((example) => {
    const turn = metrics.get(example.metric) ?? 0
    metrics.set(example.metric, turn + 1)
    return { example, turn }
  })
  let left = budget
  const kept = turns
    .sort((a, b) => a.turn - b.turn)
    .filter(({ example, turn }) => {
      if (turn > 0 && bytesOf(example) > left) return false
      left -= bytesOf(example)
      return true
    })
  const keep = new Set(kept.map(({ example }) => example))
  return examples.filter((example) => keep.has(example))
}

/** Strips of pictures, the score under each and its distance from the first one's. */
export const exampleStrips = (examples: readonly Example[], leftOut: number): Markup => markup`${examples.map(strip)}
${leftOut > 0 && markup`<p><small>${leftOut} more left out to keep this file small.</small></p>`}`

function strip({ image, attack, panels }: Example): Markup {
  const clean = panels[0]?.score ?? null
  const show = alike(panels.flatMap(({ score }) => score ?? []))
  const list = panels.map(({ label, png, score, caption }, i) => {
    const change = i > 0 && score !== null && clean !== null ? score - clean : null
    const alternative = score === null ? `${image}: ${label}` : `${image}: ${label}, score ${show(score)}`
    return markup`<li><figure><img loading="lazy" alt="${alternative}" src="${`data:image/png;base64,${Buffer.from(png).toString('base64')}`}"><figcaption><b>${label}</b>${score !== null && markup`<span>${show(score)}</span>`}${change !== null && markup` <span class="change">(${change >= 0 ? '+' : ''}${show(change)})</span>`}${caption && markup`<small>${caption}</small>`}</figcaption></figure></li>
`
  })
  return markup`<h4>${image}${attack && `, ${attack}`}</h4>
<ul class="strip">
${list}</ul>`
}
