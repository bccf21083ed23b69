// pnpm bench [NAME ...]: runs NAME*.bench.mjs (all without a name), prints a table and merges it into results.json.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'

const wanted = process.argv.slice(2)
const here = new URL('.', import.meta.url)
const file = new URL('results.json', here)
const benches = readdirSync(here).filter(
  (name) => name.endsWith('.bench.mjs') && (wanted.length === 0 || wanted.some((part) => name.includes(part))),
)
if (benches.length === 0) {
  console.error(
    `no benchmark is named ${wanted.join(' or ')}; there are ${readdirSync(here)
      .filter((n) => n.endsWith('.bench.mjs'))
      .join(', ')}`,
  )
  process.exit(1)
}

/** The results as a page for people. */
function page(results) {
  const lines = results.map(
    ({ name, unit, ours, peer_name, peer, ratio, goal }) =>
      `| ${name} | ${ours} ${unit} | ${peer ? `${peer} ${unit} | ${peer_name} | **${ratio}**` : '| |'} | ${goal ?? ''} |`,
  )
  return [
    '# Benchmarks',
    '',
    'Medians of alternating runs on one machine: `npm run bench` makes this page (see [bench](../bench)). Less is better; a goal is one of the ratio.',
    `Last measured on ${cpus().length} cores of ${cpus()[0].model.trim()}, Node ${process.versions.node}.`,
    '',
    '| what | ours | peer | which peer | ratio | goal |',
    '|---|---|---|---|---|---|',
    ...lines,
    '',
  ].join('\n')
}

const rows = []
for (const bench of benches) {
  console.error(`${bench} ...`)
  const { default: measure } = await import(new URL(bench, here).href)
  rows.push(...(await measure()))
}
const known = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : []
const kept = known.filter(({ name }) => !rows.some((row) => row.name === name))
const merged = [...kept, ...rows].sort((a, b) => (a.name < b.name ? -1 : 1))
writeFileSync(file, `${JSON.stringify(merged, null, 2)}\n`)
writeFileSync(new URL('../docs/benchmarks.md', here), page(merged))
console.table(Object.fromEntries(rows.map(({ name, ...rest }) => [name, rest])))
