import { digest, type Image, type Notes } from '@cupel/core'
import { linf, psnr, ssim } from '@cupel/full-reference'
import { readImage, writeImage } from '@cupel/image'
import { Command } from 'commander'
import { discover, findRoot } from '../plugins/discover.js'
import { estimating, selectOne } from '../plugins/select.js'
import { type Attempt, runAttack } from '../work/attacking.js'
import { evaluationDraw } from '../work/draw.js'
import { openOn } from '../work/open.js'
import { about, asRun, flagged, print, withSettings } from './common.js'
import { eachImage, targets } from './files.js'

interface Result {
  readonly image: string
  readonly out: string
  readonly clean: number
  readonly attacked: number
  readonly linf: number
  readonly psnr: number
  readonly ssim: number
  readonly score_queries: number
  readonly gradient_queries: number
  readonly gradient_kind: string
  readonly milliseconds: number
  readonly notes: Notes
}

function line({ out, clean, attacked, linf: most, psnr: db, milliseconds, notes }: Result): string {
  const moved = `${clean.toFixed(4).padStart(12)} -> ${attacked.toFixed(4).padEnd(12)}`
  const seen = `L-infinity ${(most * 255).toFixed(0)}/255, PSNR ${db.toFixed(1)} dB, ${milliseconds.toFixed(0)} ms`
  return `${moved} ${seen}  ${out}${flagged(notes)}`
}

/** `cupel attack`: one attack on files. Scores are the metric's own, behind the defence if one is named. */
export function attackCommand(): Command {
  const command = new Command('attack')
    .description('attack a metric with images')
    .argument('<attack>', 'an attack or one of its variants')
    .argument('<input>', 'an image, a folder, a glob or @LIST')
    .argument('<out>', 'a .png file for one image, else a folder')
    .requiredOption('--metric <name>', 'the metric that is attacked')
    .option('--defence <name>', 'attack the metric behind this defence (adaptive), and score behind it')
    .option('--samples <n>', 'draws that each gradient is averaged over (EOT)', asRun('samples'), 1)
    .option('--estimate <pairs>', about('estimate'), asRun('estimate'), 0)
    .option('--objective <what>', about('objective'), asRun('objective'), 'improve')
    .option('--seed <n>', 'the seed of everything random', asRun('seed'), 0)
    .option('--device <name>', 'cpu, cuda or webgpu', asRun('device'), 'cpu')
    .option('--json', 'print one JSON array')
  return withSettings(command, 'the attack').action(async (name: string, input: string, out: string, given) => {
    const catalogue = await discover(findRoot(process.cwd()))
    const open = openOn(given.device)
    const attack = await selectOne('attack', name, catalogue, given.set)
    const target = estimating(await selectOne('metric', given.metric, catalogue), given.estimate, given.seed)
    const defence = given.defence === undefined ? undefined : await selectOne('defence', given.defence, catalogue)
    const known = defence && { defence, samples: given.samples }
    const attempt: Attempt = { attack, target, objective: given.objective, seed: given.seed, ...(known && { known }) }
    const { signal } = new AbortController()
    const metric = await open(target)

    async function score(image: Image, source: string): Promise<number> {
      if (!defence) return metric.score(image)
      const random = evaluationDraw(given.seed, defence, source)
      return metric.score(await (await open(defence)).purify(image, { random, signal }))
    }

    const files = await targets(input, out, process.cwd())
    await eachImage(
      files,
      ({ from }) => from,
      async ({ from, to }): Promise<Result> => {
        const image = await readImage(from)
        const source = digest(image)
        const { stored, ms, calls, kind, notes } = await runAttack(attempt, image, source, open, signal)
        await writeImage(stored, to)
        return {
          image: from,
          out: to,
          clean: await score(image, source),
          attacked: await score(stored, source),
          linf: linf(stored, image),
          psnr: psnr(stored, image),
          ssim: ssim(stored, image),
          score_queries: calls.scores,
          gradient_queries: calls.gradients,
          gradient_kind: kind,
          milliseconds: ms,
          notes,
        }
      },
      (results) => print(given.json ? results : results.map(line).join('\n')),
    )
  })
}
