import { resolve } from 'node:path'
import { Command } from 'commander'
import pc from 'picocolors'
import { resolveOptions } from '../config.js'
import { summarise, summaryTables } from '../report/index.js'
import { dryRun, run } from '../run.js'
import { about, print, say } from './common.js'

/** `cupel run`: the matrix. */
export function runCommand(): Command {
  return new Command('run')
    .description('run metric x attack x defence x image into a folder; running again resumes')
    .argument('[images...]', about('images'))
    .option('--metrics <names>', about('metrics'))
    .option('--attacks <names>', about('attacks'))
    .option('--defences <names>', about('defences'))
    .option('--limit <n>', about('limit'))
    .option('--seed <n>', about('seed'))
    .option('--threat <names>', about('threat'))
    .option('--objective <what>', about('objective'))
    .option('--strength <measure=value>', about('strength'))
    .option('--train <images...>', about('train'))
    .option('--draws <n>', about('draws'))
    .option('--samples <n>', about('samples'))
    .option('--estimate <pairs>', about('estimate'))
    .option('--mos <file>', about('mos'))
    .option('--device <name>', about('device'))
    .option('--concurrency <n>', about('concurrency'))
    .option('--timeout <seconds>', about('timeout'))
    .option('--config <file>', 'a JSON file with any of these options, and with variants of your own')
    .option('--out <dir>', about('out'))
    .option('--dry-run', 'print the steps, those already stored and how long the rest will take; do nothing')
    .action(async (images: string[], { config, dryRun: dry, ...given }) => {
      const options = resolveOptions({ images, ...given }, config)
      const stop = new AbortController()
      const context = { cwd: process.cwd(), signal: stop.signal, say }
      if (dry) {
        for (const line of await dryRun(options, context)) print(line)
        return
      }
      process.once('SIGINT', () => {
        say('stopping; press Ctrl-C again to stop at once')
        stop.abort()
        process.once('SIGINT', () => process.exit(130))
      })
      const { rows, stopped } = await run(options, context)
      if (stopped) {
        say('stopped; what was done is stored: the same command goes on from there')
        process.exitCode = 130
        return
      }
      const out = resolve(options.out!)
      print(
        summaryTables(summarise(rows), {
          colour: pc.isColorSupported && process.stdout.isTTY,
          width: process.stdout.columns ?? 100,
        }),
      )
      const bad = rows.filter((row) => row.status === 'failed')
      const absent = rows.filter((row) => row.status === 'n/a')
      for (const [name, some] of [
        ['failed', bad],
        ['n/a', absent],
      ] as const) {
        const reasons = new Map<string, number>()
        for (const { reason } of some) reasons.set(reason, (reasons.get(reason) ?? 0) + 1)
        for (const [reason, count] of reasons) say(`${count} ${count === 1 ? 'row' : 'rows'} ${name}: ${reason}`)
      }
      say(
        `${rows.length} rows: ${rows.length - bad.length - absent.length} ok, ${bad.length} failed, ${absent.length} n/a`,
      )
      say(`report: ${resolve(out, 'report.html')}`)
      if (bad.length > 0) process.exitCode = bad.length + absent.length === rows.length ? 1 : 2
    })
}
