import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { CupelError } from '@cupel/core'
import { Command } from 'commander'
import { resolveOptions } from '../config.js'
import { findImages, openImages } from '../plan/images.js'
import { checkApart, tailorAttacks } from '../plan/tailor.js'
import { fourDigits } from '../report/format.js'
import { poolOptions, prepareRun } from '../run.js'
import { lockFolder } from '../store/lock.js'
import { openPreliminaries } from '../store/preliminaries.js'
import type { Calibration } from '../work/tailoring.js'
import { about, asRun, print, say } from './common.js'

/** One line of the table: an attack on a metric at a strength. */
interface Found extends Calibration {
  readonly attack: string
  readonly metric: string
  readonly strength: string
}

const columns = ['attack', 'metric', 'strength', 'knob', 'achieved', 'gain', 'ssim', 'psnr'] as const

function table(found: readonly Found[]): string {
  const cell = (value: string | number): string => (typeof value === 'number' ? fourDigits(value) : value)
  const rows = [
    columns,
    ...found.map((one) =>
      columns.map((name) => cell(one[name]) + (name === 'achieved' && !one.reached ? ' (nearest)' : '')),
    ),
  ]
  const widths = columns.map((_, i) => Math.max(...rows.map((row) => row[i]!.length)))
  return rows
    .map((row) => row.map((text, i) => (i < 3 ? text.padEnd(widths[i]!) : text.padStart(widths[i]!))).join('  '))
    .join('\n')
}

/** `cupel calibrate`: the knob at which each attack is as strong as asked. */
export function calibrateCommand(): Command {
  return new Command('calibrate')
    .description('find the value of each attack’s knob for a strength, on each metric')
    .argument('<images...>', 'files, folders, globs or @LIST; the first 8 are used')
    .requiredOption('--strength <list>', 'strengths, as in linf=2/255,linf=4/255,psnr=40')
    .option('--metrics <names>', about('metrics'))
    .option('--attacks <names>', about('attacks'))
    .option('--train <images...>', about('train'))
    .option('--estimate <pairs>', about('estimate'))
    .option('--seed <n>', about('seed'))
    .option('--device <name>', about('device'))
    .option('--concurrency <n>', about('concurrency'))
    .option('--timeout <seconds>', about('timeout'))
    .option('--config <file>', 'a JSON file with any of these options, and with variants of your own')
    .option('--out <dir>', 'a run’s folder: what is found is kept there and used by runs of that strength')
    .option('--json', 'print one JSON array')
    .action(async (images: string[], { config, json, strength: list, ...given }) => {
      const strengths = String(list)
        .split(',')
        .map((text) => ({ text, strength: asRun('strength')(text)! }))
      const cwd = process.cwd()
      const options = resolveOptions({ images, ...given, defences: 'none' }, config)
      const { request } = await prepareRun(options, { cwd })
      const train = options.train ? await openImages(await findImages(options.train, cwd)) : []
      checkApart(train, request.images)
      const temporary = options.out ? undefined : mkdtempSync(join(tmpdir(), 'cupel-calibrate-'))
      const folder = temporary ?? resolve(cwd, options.out!)
      const unlock = lockFolder(folder)
      try {
        const store = openPreliminaries(join(folder, 'store'))
        const stop = new AbortController()
        const found: Found[] = []
        const omissions = new Set<string>()
        for (const { text, strength } of strengths) {
          const pool = poolOptions(options, stop.signal)
          const how = { train, strength, tryBudgets: true }
          const { calibrations, problems, omitted } = await tailorAttacks(request, how, store, pool, true)
          for (const one of omitted) omissions.add(one)
          for (const { attack, metric, calibration } of calibrations)
            found.push({ attack, metric, strength: text, ...calibration! })
          for (const problem of problems) say(problem)
        }
        for (const one of omissions) say(one)
        if (found.length === 0)
          throw new CupelError('no knob could be set; cupel list --json shows what knobs there are')
        print(json ? found : table(found))
      } finally {
        unlock()
        if (temporary) rmSync(temporary, { recursive: true, force: true })
      }
    })
}
