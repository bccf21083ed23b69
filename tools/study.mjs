// Measures every attack on metrics that run here, and every defence against the study's attacks; the pages in docs show what it finds:
//   npm run study -- @PATH/nips2017/test.txt --train @PATH/nips2017/train.txt [--images N] [--out DIR] [--only NAME,...] [--dry-run]
// It says how long it will take before it begins, for which it tries every matrix on one image. What is done is stored in DIR: the same
// command goes on after a stop. Only means, intervals and pictures leave DIR, for docs/data and docs/images; then: npm run pages
// With --only, what the other matrices gave stays in docs/data.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { dryRun, resolveOptions, run } from '../packages/runner/dist/index.js'
import { findImages, openImages } from '../packages/runner/dist/plan/images.js'
import { measureAttacks } from './study/attacks.mjs'
import { measureDefences } from './study/defences.mjs'
import { matrices } from './study/matrices.mjs'
import { draw } from './study/pictures.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const data = join(root, 'docs/data')
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    train: { type: 'string' },
    images: { type: 'string', default: '80' },
    out: { type: 'string', default: 'cupel-out/study' },
    only: { type: 'string' },
    'dry-run': { type: 'boolean', default: false },
  },
})
if (positionals.length === 0 || !values.train)
  throw new Error('expected IMAGES... --train IMAGES, as at the top of tools/study.mjs')

const stop = new AbortController()
process.once('SIGINT', () => stop.abort())
const context = { cwd: process.cwd(), signal: stop.signal, say: () => {} }
const files = await findImages(positionals, context.cwd, Number(values.images))
const train = await findImages([values.train], context.cwd)
const all = await matrices(root, { images: files, train })
const known = all.map(({ name }) => name)
const only = values.only?.split(',') ?? known
const unknown = only.filter((name) => !known.includes(name))
if (unknown.length > 0) throw new Error(`--only: found ${unknown.join(', ')}, expected some of ${known.join(', ')}`)
const chosen = all.filter(({ name }) => only.includes(name))
const optionsOf = ({ options }, few = options.images.length) =>
  resolveOptions({ ...options, images: options.images.slice(0, few), out: resolve(values.out), concurrency: 2 })

async function perform(matrix, few) {
  const result = await run(optionsOf(matrix, few), { ...context, cwd: root })
  if (result.stopped) process.exit(130)
  return result.rows
}

if (!values['dry-run']) {
  console.error('trying every matrix on one image')
  for (const matrix of chosen) await perform(matrix, 1)
}
let seconds = 0
let unmeasured = 0
for (const matrix of chosen) {
  const lines = await dryRun(optionsOf(matrix), { ...context, cwd: root })
  const time = lines.find((line) => line.startsWith('time:'))
  seconds += Number(/([\d.]+) s on/.exec(time)?.[1] ?? 0)
  if (!/^time:\s*about/.test(time)) unmeasured++
  console.error(`${matrix.name}: ${matrix.options.images.length} images, ${time.slice('time:'.length).trim()}`)
}
const measured = `${Math.ceil(seconds / 60)} minutes of one core`
console.error(
  unmeasured === 0
    ? `together about ${measured}`
    : `more than ${measured}: ${unmeasured} matrices are not measured in whole`,
)
if (values['dry-run']) process.exit()

const done = []
for (const matrix of chosen) {
  const start = performance.now()
  done.push({ ...matrix, rows: await perform(matrix) })
  console.error(`${matrix.name}: ${Math.round((performance.now() - start) / 1000)} s`)
}
/** What was measured before, and now in its place. @param key of one thing measured */
const joined = (before, now, key) => [...new Map([...(before ?? []), ...now].map((one) => [key(one), one])).values()]

function write(name, combine) {
  mkdirSync(data, { recursive: true })
  const file = `${data}/${name}.json`
  const before = chosen.length < all.length && existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined
  writeFileSync(file, `${JSON.stringify(combine(before), null, 1)}\n`)
}
const cells = await measureAttacks(done, await openImages(files), root)
write('attacks', (before) => joined(before, cells, ({ metric, attack, strength }) => [metric, attack, strength].join()))
const { tables, orderings } = measureDefences(done)
write('defences', (before) => ({
  tables: joined(before?.tables, tables, ({ shown, metric }) => [shown, metric].join()),
  orderings: joined(before?.orderings, orderings, ({ metric }) => metric),
}))
await draw(root)
