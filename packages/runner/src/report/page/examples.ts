import sharp from 'sharp'
import { alike, counted } from '../format.js'
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

/** Bytes of pictures that a report carries at most, beyond the first example of each metric. */
const BUDGET = 3_000_000
/** Pictures are shown about half as wide. */
const WIDTH = 320

/** An example whose pictures are ready to be shown, as data URIs. */
export interface Strip extends Omit<Example, 'panels'> {
  readonly panels: readonly (Omit<ExamplePanel, 'png'> & { readonly picture: string })[]
}

/**
 * The examples that a report has room for, the first of each metric before the second of any, in the order given. Their
 * pictures become WebP of moderate size: for looking at, while the run's store holds what was scored.
 */
export async function strips(examples: readonly Example[], budget = BUDGET): Promise<Strip[]> {
  const seen = new Map<string, number>()
  const turns = examples.map((example, place) => {
    const turn = seen.get(example.metric) ?? 0
    seen.set(example.metric, turn + 1)
    return { example, place, turn }
  })
  let left = budget
  const kept: { strip: Strip; place: number }[] = []
  for (const { example, place, turn } of turns.sort((a, b) => a.turn - b.turn)) {
    if (turn > 0 && left <= 0) break
    const panels = await Promise.all(
      example.panels.map(async ({ png, ...panel }) => ({ ...panel, picture: await smallPicture(png) })),
    )
    const size = panels.reduce((sum, { picture }) => sum + picture.length, 0)
    if (turn > 0 && size > left) break
    left -= size
    kept.push({ strip: { ...example, panels }, place })
  }
  return kept.sort((a, b) => a.place - b.place).map(({ strip }) => strip)
}

async function smallPicture(png: Uint8Array): Promise<string> {
  const webp = await sharp(png).resize({ width: WIDTH, withoutEnlargement: true }).webp({ quality: 88 }).toBuffer()
  return `data:image/webp;base64,${webp.toString('base64')}`
}

/** Strips of pictures, the score under each and its distance from the first one's. */
export const exampleStrips = (shown: readonly Strip[], leftOut: number): Markup => markup`${shown.map(strip)}
<p><small>Pictures are reduced for this page; the store of the run has them as they were scored.${leftOut > 0 && ` ${counted(leftOut, 'more example')} left out to keep the file small.`}</small></p>`

function strip({ image, attack, panels }: Strip): Markup {
  const clean = panels[0]?.score ?? null
  const show = alike(panels.map(({ score }) => score))
  const list = panels.map(({ label, picture, score, caption }, i) => {
    const change = i > 0 && score !== null && clean !== null ? score - clean : null
    const alternative = score === null ? `${image}: ${label}` : `${image}: ${label}, score ${show(score)}`
    return markup`<li><figure><img loading="lazy" alt="${alternative}" src="${picture}"><figcaption><b>${label}</b>${score !== null && markup`<span>${show(score)}</span>`}${change !== null && markup` <span class="change">(${change >= 0 ? '+' : ''}${show(change)})</span>`}${caption && markup`<small>${caption}</small>`}</figcaption></figure></li>
`
  })
  return markup`<h4>${image}${attack && `, ${attack}`}</h4>
<ul class="strip">
${list}</ul>`
}
