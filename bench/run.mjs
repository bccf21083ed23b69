// pnpm bench [NAME ...]: runs NAME*.bench.mjs (all without a name), prints a table and merges it into results.json.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'

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
console.table(Object.fromEntries(rows.map(({ name, ...rest }) => [name, rest])))
