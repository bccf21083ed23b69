import { readImage } from '@cupel/image'
import { Command } from 'commander'
import { opinionsOf, readOpinions } from '../opinions.js'
import { findImages, namesOf } from '../plan/images.js'
import { discover, findRoot } from '../plugins/discover.js'
import { type Chosen, select } from '../plugins/select.js'
import { showProgress } from '../progress.js'
import { bootstrap, once, pearsonOf, spearmanOf } from '../report/statistics.js'
import { openOn } from '../work/open.js'
import { asRun, print, say } from './common.js'

type Interval = readonly [low: number, high: number] | null

/** How well a metric agrees with people. Correlations are turned so that 1 is full agreement. */
interface Agreement {
  readonly metric: string
  readonly images: number
  readonly srocc: number | null
  readonly srocc_interval: Interval
  /** Of the scores as they are: no curve is fitted between scores and opinions. */
  readonly plcc: number | null
  readonly plcc_interval: Interval
}

const number = (value: number | null): string => (value === null ? '-' : value.toFixed(3))
const interval = (value: Interval): string => (value ? `[${number(value[0])}, ${number(value[1])}]` : '')

function table(found: readonly Agreement[]): string {
  const rows = [
    ['metric', 'images', 'SROCC', '95 % interval', 'PLCC', '95 % interval'],
    ...found.map((one) => [
      one.metric,
      `${one.images}`,
      number(one.srocc),
      interval(one.srocc_interval),
      number(one.plcc),
      interval(one.plcc_interval),
    ]),
  ]
  const widths = rows[0]!.map((_, i) => Math.max(...rows.map((row) => row[i]!.length)))
  return rows
    .map((row) => row.map((text, i) => (i === 0 ? text.padEnd(widths[i]!) : text.padStart(widths[i]!))).join('  '))
    .join('\n')
}

/** `cupel agree`: do the metrics measure quality? */
export function agreeCommand(): Command {
  return new Command('agree')
    .description('correlation of metrics with opinion scores, with bootstrap intervals over images')
    .argument('<images...>', 'files, folders, globs or @LIST')
    .requiredOption('--mos <file>', 'CSV file of opinion scores: a column of image names and one of scores')
    .option('--metrics <names>', 'names of metrics or of their variants, or all', 'all')
    .option('--seed <n>', 'the seed of the bootstrap', asRun('seed'), 0)
    .option('--device <name>', 'cpu, cuda or webgpu', asRun('device'), 'cpu')
    .option('--json', 'print one JSON array')
    .action(async (images: string[], given) => {
      const catalogue = await discover(findRoot(process.cwd()))
      const metrics = await select('metric', given.metrics.split(','), catalogue)
      const files = await findImages(images, process.cwd())
      const names = namesOf(files)
      const opinions = opinionsOf(names, readOpinions(given.mos))
      const rated = files.flatMap((path, i) => {
        const opinion = opinions.get(names[i]!)
        return opinion === undefined ? [] : [{ path, opinion }]
      })
      const open = openOn(given.device)
      const usable = metrics.filter(({ unavailable }) => !unavailable)
      for (const { unavailable } of metrics) if (unavailable) say(unavailable)

      const progress = showProgress(usable.length * rated.length, 'scores')
      let done = 0
      async function scoresOf(metric: Chosen<'metric'>): Promise<number[]> {
        const opened = await open(metric)
        const sign = opened.better === 'higher' ? 1 : -1
        const scores: number[] = []
        for (const { path } of rated) {
          scores.push(sign * (await opened.score(await readImage(path))))
          progress.update(++done, metric.label)
        }
        await opened.dispose?.()
        return scores
      }

      const resample = bootstrap({ seed: given.seed })
      const judged = rated.map(({ opinion }) => opinion)
      const found: Agreement[] = []
      for (const metric of usable) {
        const scores = await scoresOf(metric)
        const [rank, linear] = [spearmanOf(scores, judged), pearsonOf(scores, judged)]
        const all = once(judged.length)
        found.push({
          metric: metric.label,
          images: judged.length,
          srocc: rank(all),
          srocc_interval: resample(judged.length, rank),
          plcc: linear(all),
          plcc_interval: resample(judged.length, linear),
        })
      }
      progress.stop()
      print(given.json ? found : table(found))
    })
}
