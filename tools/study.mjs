// Measures every attack on metrics that run here, and every defence against the study's attacks; the pages in docs show what it finds:
//   npm run study -- @PATH/nips2017/test.txt --train @PATH/nips2017/train.txt [--images N] [--out DIR] [--only NAME,...] [--dry-run]
// It says how long it will take before it begins, for which it tries every matrix on one image. What is done is stored in DIR: the same
// command goes on after a stop. Only means, intervals and pictures leave DIR, for docs/data and docs/images; then: npm run pages
import { mkdirSync, writeFileSync } from 'node:fs'
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
const chosen = all.filter(({ name }) => values.only?.split(',').includes(name) ?? true)
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
let unknown = 0
for (const matrix of chosen) {
  const lines = await dryRun(optionsOf(matrix), { ...context, cwd: root })
  const time = lines.find((line) => line.startsWith('time:'))
  seconds += Number(/([\d.]+) s on/.exec(time)?.[1] ?? 0)
  if (!/^time:\s*about/.test(time)) unknown++
  console.error(`${matrix.name}: ${matrix.options.images.length} images, ${time.slice('time:'.length).trim()}`)
}
const measured = `${Math.ceil(seconds / 60)} minutes of one core`
console.error(
  unknown === 0 ? `together about ${measured}` : `more than ${measured}: ${unknown} matrices are not measured in whole`,
)
if (values['dry-run']) process.exit()

const done = []
for (const matrix of chosen) {
  const start = performance.now()
  done.push({ ...matrix, rows: await perform(matrix) })
  console.error(`${matrix.name}: ${Math.round((performance.now() - start) / 1000)} s`)
}
const write = (name, value) => {
  mkdirSync(join(root, 'docs/data'), { recursive: true })
  writeFileSync(join(root, 'docs/data', `${name}.json`), `${JSON.stringify(value, null, 1)}\n`)
}
write('attacks', await measureAttacks(done, await openImages(files), root))
write('defences', measureDefences(done))
await draw(root)
