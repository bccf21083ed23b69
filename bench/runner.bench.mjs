// The runner itself: what a matrix takes beside the time inside plugins, and two workers beside one.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { resolveOptions, run } from '@cupel/runner'
import { alternating } from './measure.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const attacks = ['ifgsm', 'mifgsm', 'advcf']
const defences = ['flip', 'resize', 'jpeg', 'gaussian-blur', 'median-blur', 'unsharp']

/** Milliseconds of one step, as the store has them. */
const inPlugins = (record) => record.ms + (record.readings ?? []).reduce((sum, reading) => sum + reading.ms, 0)
const comparing = (record) => record.compare_ms

/** Runs the matrix into an empty folder: milliseconds from the first step to the last, and those spent in plugins and comparing. */
async function matrix(concurrency) {
  const out = mkdtempSync(join(tmpdir(), 'cupel-bench-'))
  const options = resolveOptions({
    images: [join(root, 'packages/photographs/images')],
    metrics: 'nss,cnniqa?',
    attacks,
    defences,
    out,
    concurrency,
  })
  let [first, last] = [0, 0]
  const say = (line) => {
    if (first === 0) first = performance.now()
    last = line.startsWith('executed') ? performance.now() : last
  }
  await run(options, { cwd: root, signal: new AbortController().signal, say })
  const records = ['attacks', 'assays'].flatMap((name) =>
    readFileSync(join(out, 'store', `${name}.jsonl`), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line)),
  )
  rmSync(out, { recursive: true })
  const sum = (of) => records.reduce((total, record) => total + of(record), 0)
  return { wall: last - first, plugins: sum(inPlugins), comparing: sum(comparing) }
}

const rounded = (value) => Number(value.toPrecision(4))

export default async function runner() {
  await matrix(2)
  const one = await matrix(1)
  const rows = [
    {
      name: 'runner: a matrix at concurrency 1 beside the time inside plugins',
      peer_name: 'time inside plugins',
      peer: one.plugins,
    },
    {
      name: 'runner: a matrix at concurrency 1 beside the time inside plugins and comparisons (SSIM, PSNR)',
      peer_name: 'time inside plugins and comparisons',
      peer: one.plugins + one.comparing,
    },
  ].map((row) => ({
    ...row,
    unit: 'ms',
    ours: rounded(one.wall),
    peer: rounded(row.peer),
    ratio: rounded(one.wall / row.peer),
    goal: 1.03,
  }))
  const pair = await alternating({
    ours: async () => (await matrix(2)).wall,
    peer: async () => (await matrix(1)).wall,
    rounds: 3,
    warmUp: 0,
  })
  return [
    ...rows,
    { name: 'runner: two workers beside one', unit: 'ms', ...pair, peer_name: 'one worker', goal: rounded(1 / 1.85) },
  ]
}
