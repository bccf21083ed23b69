// Writes docs/metrics.md, docs/attacks.md and docs/defences.md from the plugins themselves, from bench/results.json, and from the measurements
// in docs/data and the pictures in docs/images, most of which tools/study.mjs makes:
//   node tools/pages.mjs            (the packages must be built)
//   node tools/pages.mjs --check    changes nothing, exits 1 if something would change
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, parse } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { attackTables, defenceTables, pictureTable, table, told } from './study/tables.mjs'
import { listed } from './weights.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const read = (path) => (existsSync(join(root, path)) ? JSON.parse(readFileSync(join(root, path), 'utf8')) : undefined)
/** The plugins of a kind, by name. */
async function plugins(kind) {
  const folders = readdirSync(join(root, 'packages')).filter((name) => name.startsWith(`${kind}s-`))
  const found = await Promise.all(
    folders.map(async (folder) => {
      const { default: plugin } = await import(pathToFileURL(join(root, 'packages', folder, 'dist', 'index.js')).href)
      return {
        folder,
        plugin,
        facts: plugin.facts(plugin.parse({})),
        manifest: read(`packages/${folder}/package.json`),
      }
    }),
  )
  return found.sort((a, b) => (a.plugin.name < b.plugin.name ? -1 : 1))
}

const link = ({ folder, plugin }) => `[${plugin.name}](../packages/${folder})`
const year = ({ plugin }) => /\b(19|20)\d\d\b/.exec(plugin.paper ?? '')?.[0] ?? ''
const others = ({ plugin }) =>
  Object.keys(plugin.variants)
    .filter((name) => name !== plugin.name)
    .join(', ')
const files = ({ plugin, manifest }) =>
  listed(plugin, manifest, ({ file, licence }) => `${file} (${licence})`) || 'none needed'
/** What options are unless set. */
const defaults = ({ plugin }) =>
  Object.entries(plugin.parse({}))
    .map(([name, value]) => `${name} ${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(', ')
/** Which sizes a defence takes, and what it does with them. */
const sizes = ({ facts: { minimumSize, sizes } }) =>
  minimumSize > 1 ? `from ${minimumSize} pixels a side; ${sizes}` : sizes
/** What was measured of a plugin: the results whose name starts with its own. */
const resultsOf = ({ plugin }, results) =>
  results
    .filter((row) => new RegExp(`^${plugin.name}(:| at )`).test(row.name))
    .map((row) => ({ ...row, what: row.name.replace(/^[^:]*: /, '') }))
const measured = (one, results) =>
  resultsOf(one, results)
    .map(
      ({ what, ours, unit, peer, peer_name, ratio }) =>
        `${what}: ${ours} ${unit}${peer ? `, ${peer_name} ${peer} ${unit}, ratio ${ratio}` : ''}`,
    )
    .join('; ')

const interval = (pair) => (pair ? ` [${pair.map((value) => value.toFixed(3)).join(', ')}]` : '')

function agreement(rows, published) {
  if (!rows) return []
  return [
    '## Do they measure quality?',
    '',
    'Correlation with the opinion scores of the 500 images of AGIQA-3K at hand (pictures made by generators, so none of these metrics was made for',
    'them), turned so that 1 is full agreement, with 95 % bootstrap intervals over images. PLCC is of the scores as they are: no curve is fitted.',
    'Any metric, any folder: `cupel agree IMAGES --mos FILE`.',
    '',
    ...table(
      ['metric', 'images', 'SROCC', 'PLCC', 'published (SROCC, PLCC)'],
      rows.map((row) => [
        row.metric,
        row.images,
        `${row.srocc.toFixed(3)}${interval(row.srocc_interval)}`,
        `${row.plcc.toFixed(3)}${interval(row.plcc_interval)}`,
        published
          .filter(({ metric }) => metric === row.metric)
          .map(({ srocc, plcc, source, remark }) => `${srocc}, ${plcc} in ${source} (${remark})`)
          .join('; '),
      ]),
    ),
  ]
}

async function metricsPage(results) {
  const found = await plugins('metric')
  return [
    '# Metrics',
    '',
    'Scores are in each metric’s own units; comparisons between metrics use the width of the range, which is a normaliser and not a bound.',
    'Paper, options and what differs from the reference are in each package’s README.',
    '',
    ...table(
      ['metric', 'year', 'better', 'range', 'gradient', 'smallest image', 'variants', 'weights (licence)'],
      found.map((one) => [
        link(one),
        year(one),
        one.facts.better,
        one.facts.range.join(' to '),
        one.facts.gradient ?? 'none: score-only attacks',
        `${one.facts.minimumSize} px`,
        others(one),
        files(one),
      ]),
    ),
    '## Measured',
    '',
    'Beside PyTorch, or what else is named, in one run; see [benchmarks](benchmarks.md) for goals.',
    '',
    ...table(
      ['metric', 'what', 'ours', 'peer', 'ratio'],
      found.flatMap((one) =>
        resultsOf(one, results).map(({ what, ours, unit, peer, peer_name, ratio }) => [
          link(one),
          what,
          `${ours} ${unit}`,
          peer && `${peer} ${unit} (${peer_name})`,
          ratio,
        ]),
      ),
    ),
    ...agreement(read('docs/data/agreement.json'), read('docs/data/published.json') ?? []),
  ]
}

/** A fact of a plugin at its defaults, and at each variant where it is another. */
function atVariants({ plugin }, of) {
  const at = (options) => of(plugin.facts(plugin.parse(options)))
  const others = Object.entries(plugin.variants).filter(([, options]) => at(options) !== at({}))
  return [at({}), ...others.map(([name, options]) => `${name}: ${at(options)}`)].join('; ')
}

async function attacksPage() {
  const found = await plugins('attack')
  return [
    '# Attacks',
    '',
    'Every attack improves its target’s score; other objectives and adaptive attacks are compositions (see [architecture](architecture.md)).',
    'The knob is what `--strength` and `cupel calibrate` turn, in the measure given: one that is a budget is set as it is asked for, another is tried on images; what is',
    'measured in SSIM can be asked for in PSNR too, and the other way round.',
    '',
    'The option `queries` of attacks that need scores bounds what one run asks of its target. The objective `either` makes two runs, to improve and to',
    'worsen, so it asks twice as often. Behind a random defence that the attack knows, a query is the mean over `--samples` draws (EOT): with k of them',
    'one query is k purifications and k evaluations of the metric.',
    '',
    ...table(
      ['attack', 'year', 'needs', 'random', 'trained', 'knob (measure)', 'variants', 'weights (licence)'],
      found.map((one) => [
        link(one),
        year(one),
        one.facts.needs,
        atVariants(one, ({ random }) => (random ? 'yes' : 'no')),
        one.plugin.prepare ? 'yes: `--train`' : 'no',
        atVariants(one, ({ knob }) => (knob ? `${knob.option} (${knob.measure})` : '')),
        others(one),
        files(one),
      ]),
    ),
    ...attackTables(read('docs/data/attacks.json')),
  ]
}

async function defencesPage(results) {
  const found = await plugins('defence')
  const names = found.map((one) => one.plugin.name)
  const timed = found.filter((one) => measured(one, results) !== '')
  const pictures = readdirSync(join(root, 'docs/images/defences')).map((file) => parse(file).name)
  return [
    '# Defences',
    '',
    '`exact` is the derivative of what is computed, `surrogate` that of a stand-in; where there is none, an adaptive attacker takes the identity (BPDA).',
    'There is no BM3D: npm has no sound library of it, and one of our own could not be told from a wrong one without a reference.',
    'Large images are filtered whole (`any`), run in tiles whose results are what the whole image gives, or refused. What has no gradient is passed over with the `identity`.',
    '',
    ...table(
      [
        'defence',
        'what it does',
        'random',
        'gradient',
        'result’s size',
        'large images',
        'defaults',
        'variants',
        'weights (licence)',
      ],
      found.map((one) => [
        link(one),
        one.plugin.summary,
        one.facts.random ? 'yes' : 'no',
        one.facts.gradient ?? 'identity',
        one.facts.changesSize ? 'changed' : 'kept',
        sizes(one),
        defaults(one),
        others(one),
        files(one),
      ]),
    ),
    '## Measured',
    '',
    'Beside what does the same in Python, in one run; see [benchmarks](benchmarks.md) for goals.',
    '',
    ...table(
      ['defence', 'time'],
      timed.map((one) => [link(one), measured(one, results)]),
    ),
    ...told(
      names.filter((name) => !timed.some(({ plugin }) => plugin.name === name)),
      (some) => `Not timed, since what they need was not at hand, or made of others: ${some}.`,
    ),
    ...defenceTables(read('docs/data/defences.json'), names),
    ...pictureTable(pictures, names),
  ]
}

const results = read('bench/results.json') ?? []
const pages = {
  metrics: await metricsPage(results),
  attacks: await attacksPage(),
  defences: await defencesPage(results),
}
const stale = []
for (const [name, lines] of Object.entries(pages)) {
  const path = join(root, 'docs', `${name}.md`)
  const text = `${lines.join('\n').trimEnd()}\n`
  if (existsSync(path) && readFileSync(path, 'utf8') === text) continue
  if (process.argv.includes('--check')) stale.push(`docs/${name}.md`)
  else writeFileSync(path, text)
}
if (stale.length > 0) {
  console.error(`out of date: ${stale.join(', ')}; run: npm run pages`)
  process.exit(1)
}
