import { createHash } from 'node:crypto'
import type { Row } from '../../rows.js'
import type { Figure } from '../drawing.js'
import { panelFigures } from '../figures.js'
import { counted } from '../format.js'
import { Markup, markup } from '../markup.js'
import { type Panel, panelsOf } from '../panels.js'
import { type Summary, summarise } from '../summary.js'
import { cellTable } from './cells.js'
import { definitions } from './definitions.js'
import { type Example, exampleStrips, type Strip, strips } from './examples.js'
import { type Manifest, overview } from './overview.js'
import { madeReady } from './ready.js'
import { SCRIPT, STYLE } from './style.js'
import { flaggedRows, missingRows } from './troubles.js'

export interface Report {
  readonly rows: readonly Row[]
  readonly manifest: Manifest
  readonly examples: readonly Example[]
  /** Mean opinion score by image as rows name it. */
  readonly mos?: ReadonlyMap<string, number>
  /** The rows' summaries, if they are at hand; else they are computed. */
  readonly summaries?: readonly Summary[]
}

/**
 * The report of a run as one HTML file: it needs no network and no other file, follows light and dark, and its policy lets
 * nothing run but its own few lines. Text from rows is escaped wherever it stands.
 */
export async function renderReport({
  rows,
  manifest,
  examples,
  mos,
  summaries = summarise(rows, mos && { mos }),
}: Report): Promise<string> {
  const panels = panelsOf(summaries)
  const metrics = [...new Set(panels.map((panel) => panel.metric))]
  const kept = await strips(examples)
  const ready = madeReady(manifest)
  const policy = `default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'sha256-${createHash('sha256').update(SCRIPT).digest('base64')}'`
  const links = [
    ...metrics.map((metric) => [anchor(metric), metric]),
    ...(ready ? [['ready', 'made ready']] : []),
    ['missing', 'failed and n/a'],
    ['flags', 'flags'],
    ['definitions', 'definitions'],
  ]
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<title>Cupel report: ${metrics.join(', ')}</title>
<style>${new Markup(STYLE)}</style>
</head>
<body>
<a class="skip" href="#main">Skip to the numbers</a>
<header>
<h1>Cupel report</h1>
<p class="line">score = metric( defence( attack( image ) ) )</p>
<p>How far ${metrics.length === 1 ? 'one quality metric is' : `${metrics.length} quality metrics are`} moved by adversarial attacks, and how much of that each defence undoes.</p>
${overview(rows, manifest, mos)}
<nav aria-label="Sections"><ul>${links.map(([id, name]) => markup`<li><a href="#${id!}">${name}</a></li>`)}</ul></nav>
</header>
<main id="main">
${metrics.map((metric) =>
  section(
    metric,
    rows,
    panels.filter((panel) => panel.metric === metric),
    kept,
    examples,
  ),
)}
${ready && markup`<section id="ready"><h2>Attacks made ready</h2>${ready}</section>`}
<section id="missing"><h2>Failed and n/a</h2>${missingRows(rows)}</section>
<section id="flags"><h2>Flags</h2>${flaggedRows(rows)}</section>
<section id="definitions"><h2>How each number is defined</h2>${definitions}</section>
</main>
<footer>Made by Cupel from rows.parquet; every picture and table here is a function of its rows.</footer>
<script>${new Markup(SCRIPT)}</script>
</body>
</html>
`.text
}

const anchor = (metric: string): string => `metric-${metric.replace(/[^\w-]+/g, '-')}`

function section(
  metric: string,
  rows: readonly Row[],
  panels: readonly Panel[],
  kept: readonly Strip[],
  all: readonly Example[],
): Markup {
  const { better, range_low, range_high } = rows.find((row) => row.metric === metric)!
  const shown = kept.filter((example) => example.metric === metric)
  const given = all.filter((example) => example.metric === metric)
  return markup`<section id="${anchor(metric)}"><h2>${metric}</h2>
<p>${better === 'higher' ? 'Higher' : 'Lower'} scores are better; the range is ${range_low} to ${range_high}.</p>
${panels.map((panel) => panelSection(panel, rows, panels.length > 1))}
${shown.length > 0 && markup`<h3>Examples</h3>${exampleStrips(shown, given.length - shown.length)}`}
</section>`
}

function panelSection(panel: Panel, rows: readonly Row[], titled: boolean): Markup {
  const nonpositive = Math.max(0, ...panel.cells.map((cell) => cell.nonpositive))
  const pictures = panelFigures(rows, panel)
  return markup`${titled && markup`<h3>${panel.title}</h3>`}
${nonpositive > 0 && markup`<p><b>${counted(nonpositive, 'source image')} of this metric ${nonpositive === 1 ? 'has a score' : 'have scores'} of 0 or less</b>, where Gain’s denominator has no meaning; read Gain over the range instead.</p>`}
<div class="pictures">
${pictures.map(picture)}</div>
${cellTable(panel)}`
}

/** Pictures of this width stand two in a row; wider ones have a row to themselves. */
const HALF = 590

const picture = ({ title, width, svg }: Figure): Markup =>
  markup`<figure class="picture ${width > HALF ? 'wide' : ''}" tabindex="0" role="group" aria-label="${title}">${new Markup(svg)}</figure>
`
