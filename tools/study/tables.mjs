import { group } from 'd3-array'
import { TRAINED_ON } from './matrices.mjs'
import { claims, published } from './published.mjs'

const cell = (text) =>
  String(text ?? '')
    .replaceAll('|', '\\|')
    .replaceAll('\n', ' ')
export const table = (heading, rows) => [
  `| ${heading.join(' | ')} |`,
  `|${heading.map(() => '---').join('|')}|`,
  ...rows.map((row) => `| ${row.map(cell).join(' | ')} |`),
  '',
]

/** A line about some names, where there are any. */
export const told = (names, say) => (names.length > 0 ? [say(names.join(', ')), ''] : [])

const fixed = (value, digits) => (value === null || value === undefined ? '' : value.toFixed(digits))
const bounds = (interval, digits) => (interval ? ` [${interval.map((value) => fixed(value, digits)).join(', ')}]` : '')
const percent = (share) => `${Math.round(100 * share)} %`
const range = (numbers) => {
  const [low, high] = [Math.min(...numbers), Math.max(...numbers)]
  return low === high ? `${low}` : `${low} to ${high}`
}

const strengthOf = ({ strength }) => (strength === null ? 'default' : `${strength}/255`)

/** What each attack does to each metric, at each strength. */
export function attackTables(cells) {
  if (!cells) return []
  const lines = [
    '## What they do',
    '',
    'Images of the NIPS 2017 development set (299 x 299; test split), no defence, seed 0. Gain is the mean signed change of the score in units of the',
    'metric’s range, positive for better, with its 95 % bootstrap interval over images. *Beyond noise* is the share of images that are improved, and improved',
    'by more than noise of random signs and the same L2 improves them. L-infinity (of 255), PSNR and SSIM are means over images; queries are',
    'scores and gradients together; milliseconds are of a machine that had other work too, so they compare attacks, roughly, and not machines. At a strength of k/255, attacks with',
    'a budget take it as theirs, and the others’ knob is set (`--strength`) on 8 training images to at most that L-infinity on those. Trained attacks have seen',
    `${TRAINED_ON} training images, black-box attacks have 1,000 queries.`,
    'Any of it, on any images, `npm run study` measures again, with the strengths and metrics that have no row here, and says first how long it will take.',
    '',
  ]
  for (const [metric, some] of group(cells, (one) => one.metric)) {
    const ran = some.filter(({ n }) => n > 0)
    const sorted = ran.sort((a, b) => a.attack.localeCompare(b.attack) || (a.strength ?? 99) - (b.strength ?? 99))
    const rows = sorted.map((one) => [
      one.attack,
      strengthOf(one),
      one.n,
      `${fixed(one.gain.value, 3)}${bounds(one.gain.interval, 3)}`,
      percent(one.beyond_noise),
      fixed(one.linf, 1),
      fixed(one.psnr, 1),
      fixed(one.ssim, 3),
      Math.round(one.queries),
      Math.round(one.ms),
    ])
    const heading = [
      'attack',
      'strength',
      'images',
      'gain',
      'beyond noise',
      'L-infinity',
      'PSNR',
      'SSIM',
      'queries',
      'ms',
    ]
    const missing = group(
      some.filter(({ n }) => n === 0),
      ({ reason }) => reason,
    )
    const names = (found, of) => [...new Set(found.map(of))].join(', ')
    const absent = [...missing].map(
      ([reason, found]) => `- ${names(found, (one) => one.attack)} (${names(found, strengthOf)}): ${reason}`,
    )
    lines.push(`### ${metric}`, '', ...table(heading, rows), ...(absent.length > 0 ? ['n/a:', '', ...absent, ''] : []))
  }
  return lines
}

const groups = {
  filters: 'Filters against the study’s attacks',
  networks: 'Networks against the study’s attacks',
  diffusion: 'DiffPure (BF_CNN, five strides in place of thirty) against the study’s attacks',
  slow: 'MAXIM against the study’s attacks, on few images, since each takes it a minute',
  'black-box': 'Filters against black-box attacks',
}

/** Our number, with its interval, and the study's in parentheses. */
const beside = (own, digits, interval, theirs) =>
  `${fixed(own, digits)}${bounds(interval, digits)}${theirs === undefined ? '' : ` (${fixed(theirs, 2)})`}`

/** Images below which a rank correlation says nothing. */
const FEW = 10

/** Of defences that move the image or change its size: the quality beside the source in the same frame. */
function registeredTable(metric, cells, names) {
  const moving = cells.filter(({ families }) =>
    Object.values(families).some(({ quality, registered }) => registered !== quality),
  )
  if (moving.length === 0) return []
  return [
    `#### ${metric}: quality, registered`,
    '',
    ...table(
      ['defence', ...names],
      moving.map(({ defence, families }) => [defence, ...names.map((name) => fixed(families[name]?.registered, 2))]),
    ),
  ]
}

/** The tables of one group of defences: a metric each. */
function groupTables(tables) {
  return tables.flatMap(({ metric, cells }) => {
    const names = [...new Set(cells.flatMap(({ families }) => Object.keys(families)))]
    const counts = (families) => range(Object.values(families).map(({ n }) => n))
    const rowsOf = (show) =>
      cells.map(({ defence, families }) => [
        defence,
        counts(families),
        ...names.map((name) => show(families[name], name, defence)),
      ])
    return [
      `#### ${metric}: Gain`,
      '',
      ...table(
        ['defence', 'images', ...names],
        rowsOf(
          (one, name, defence) => one && beside(one.gain.value, 2, one.gain.interval, published[name]?.[defence]?.[0]),
        ),
      ),
      `#### ${metric}: quality`,
      '',
      ...table(
        ['defence', 'images', ...names],
        rowsOf((one, name, defence) => one && beside(one.quality, 2, null, published[name]?.[defence]?.[1])),
      ),
      ...registeredTable(metric, cells, names),
      ...(cells.some(({ families }) => Object.values(families).some(({ n }) => n >= FEW))
        ? [
            `#### ${metric}: SROCC`,
            '',
            ...table(
              ['defence', 'images', ...names],
              rowsOf((one) => one && (one.n < FEW ? '' : fixed(one.srocc, 2))),
            ),
          ]
        : []),
    ]
  })
}

/** What each defence costs each metric where nothing was attacked. */
function cleanTable(tables) {
  if (tables.length === 0) return []
  const defences = [...new Set(tables.flatMap(({ cells }) => cells.map(({ defence }) => defence)))]
  const counts = range(tables.flatMap(({ cells }) => cells.map(({ families }) => families.clean.n)))
  const shown = ({ cells }, name) => {
    const found = cells.find(({ defence }) => defence === name)?.families.clean
    return found && beside(found.gain.value, 2, found.gain.interval)
  }
  return [
    `### What defences cost where nothing was attacked: Gain, ${counts} images`,
    '',
    'A metric whose scores may be 0 or less has no Gain: there it is the mean change in units of the range.',
    '',
    ...table(
      ['defence', ...tables.map(({ metric, of }) => (of === 'range' ? `${metric} (of its range)` : metric))],
      defences.map((name) => [name, ...tables.map((one) => shown(one, name))]),
    ),
  ]
}

const verdict = (holds) => (holds === null ? 'undecided' : holds ? 'holds' : 'does not hold')

function orderingTable(orderings) {
  const of = (id, { claims: found }) => found.find((one) => one.id === id)
  const shown = (id, metric) => {
    const found = of(id, metric)
    if (!found) return 'not told: FCN’s weights are not here'
    const numbers = found.statements.map(
      ({ text, value, interval, bound }) =>
        `${text}: ${fixed(value, 2)}${bounds(interval, 2)}${bound === 0 ? '' : `, the bound is ${bound}`}`,
    )
    return `**${verdict(found.holds)}**; ${numbers.join('; ')}`
  }
  return table(
    ['', 'what the study shows', ...orderings.map(({ metric, n }) => `${metric} (${n} images)`)],
    Object.entries(claims).map(([id, claim]) => [`(${id})`, claim, ...orderings.map((metric) => shown(id, metric))]),
  )
}

/** What each defence undoes, and what it costs; the study's orderings on our metrics. @param defences the names of all */
export function defenceTables(data, defences) {
  if (!data) return []
  const measured = data.tables.flatMap(({ cells }) => cells.map(({ defence }) => defence))
  const without = defences.filter((name) => !measured.some((one) => one === name || one.startsWith(`${name}-`)))
  return [
    '## What they undo',
    '',
    'Images of the NIPS 2017 development set (299 x 299; test split), attacks and defences at their defaults, seed 0, one draw of a random defence for each image. Gain is mean |f(x) - f(p(x_a))| / f(x), less is',
    'better, with 95 % bootstrap intervals over images; its column `clean` is what the defence costs where nothing was attacked. Quality is mean (SSIM + PSNR/80) / 2 of',
    'source and purified image, more is better (an identical pair counts 150 dB): unregistered, as in the study, and registered, beside the source carried into the purified frame, for defences that move the image. In parentheses what the study has for Linearity (its qualities of clean images count 150 dB for every one and are left out). SROCC is the rank correlation over images of f(x) with f(p(x_a)), the mean of the family’s attacks, of ten images and more; more is better. It is a comparison',
    'and not a confirmation: the study’s networks were not run, the metrics and part of the attacks are others. The orderings are told of metrics with a gradient, which the study’s attacks need. FGSM is I-FGSM, MI-FGSM and AMI-FGSM; of',
    'Zhang’s three the one with SSIM runs without further files, so that `all attacks` are eight here and ten there.',
    '',
    ...cleanTable(data.tables.filter(({ shown }) => shown === 'clean')),
    ...Object.entries(groups).flatMap(([group, title]) => {
      const found = data.tables.filter(({ shown }) => shown === group)
      return found.length > 0 ? [`### ${title}`, '', ...groupTables(found)] : []
    }),
    ...told(
      without,
      (names) =>
        `In none of these tables, since what they need was not at hand or they are slow: ${names}. \`npm run study\` measures what it finds.`,
    ),
    '### The study’s orderings',
    '',
    'An ordering holds where the 95 % interval of each number that decides it is above 0 (or the bound named), does not where one is below, and is undecided',
    'otherwise. Intervals are of images drawn again, the same ones for both sides of a difference.',
    '',
    ...orderingTable(data.orderings),
  ]
}

/** A picture of each defence that one was made of. @param pictures names of the files, without their ending */
export function pictureTable(pictures, defences) {
  const shown = (name) => `![${name}](images/defences/${name}.webp)`
  const without = defences.filter((name) => !pictures.includes(name))
  if (pictures.length === 0) return []
  return [
    '## What they look like',
    '',
    'The source, the source attacked (I-FGSM on NSS, L-infinity 16/255), and what it changed, times 8:',
    '',
    shown('none'),
    '',
    'What each defence makes of the attacked image, and how that still differs from the source, times 8 (from the source in the same frame, where the defence moves it):',
    '',
    ...table(
      ['defence', 'purified, and what is left'],
      defences.filter((name) => pictures.includes(name)).map((name) => [name, shown(name)]),
    ),
    ...told(
      without,
      (names) => `Not shown, since what they need was not at hand when the pictures were made: ${names}.`,
    ),
  ]
}
