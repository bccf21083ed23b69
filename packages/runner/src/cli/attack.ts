import { checkImage, createRandom, defended, digest, quantised } from '@cupel/core'
import { linf, psnr, ssim } from '@cupel/full-reference'
import { readImage, writeImage } from '@cupel/image'
import { Command } from 'commander'
import { discover, findRoot } from '../plugins/discover.js'
import { selectOne } from '../plugins/select.js'
import { showProgress } from '../progress.js'
import { openOn } from '../work/open.js'
import { print, withSettings } from './common.js'
import { targets } from './files.js'

/** `cupel attack`: one attack on files. */
export function attackCommand(): Command {
  const command = new Command('attack')
    .description('attack a metric with images')
    .argument('<attack>', 'an attack or one of its variants')
    .argument('<input>', 'an image, a folder, a glob or @LIST')
    .argument('<out>', 'a .png file for one image, else a folder')
    .requiredOption('--metric <name>', 'the metric whose score is to improve')
    .option('--defence <name>', 'attack the metric behind this defence (adaptive)')
    .option('--seed <n>', 'the seed of everything random', Number, 0)
    .option('--device <name>', 'cpu, cuda or webgpu', 'cpu')
    .option('--json', 'print one JSON array')
  return withSettings(command, 'the attack').action(async (name: string, input: string, out: string, given) => {
    const catalogue = await discover(findRoot(process.cwd()))
    const open = openOn(given.device)
    const chosen = await selectOne('attack', name, catalogue, given.set)
    const attack = await open(chosen)
    const metric = await open(await selectOne('metric', given.metric, catalogue))
    const defence =
      given.defence === undefined ? undefined : await open(await selectOne('defence', given.defence, catalogue))
    const files = await targets(input, out, process.cwd())
    const progress = showProgress(files.length, 'images')
    const results: object[] = []
    for (const { from, to } of files) {
      const image = await readImage(from)
      const random = createRandom(given.seed).fork('attack', chosen.plugin, chosen.options, digest(image))
      const signal = new AbortController().signal
      const target = defence ? defended(metric, defence, { random: random.fork('adaptive'), signal }) : metric
      const start = performance.now()
      const raw = await attack.run(image, target, { random, signal })
      const milliseconds = performance.now() - start
      const attacked = quantised(checkImage(raw, `output of ${chosen.label} for ${from}`))
      await writeImage(attacked, to)
      results.push({
        image: from,
        out: to,
        clean: await target.score(image),
        attacked: await target.score(attacked),
        linf: linf(attacked, image),
        psnr: psnr(attacked, image),
        ssim: ssim(attacked, image),
        milliseconds,
        ...(raw.notes && { notes: raw.notes }),
      })
      progress.update(results.length)
    }
    progress.stop()
    print(given.json ? results : lines(results as Result[]))
  })
}

interface Result {
  readonly out: string
  readonly clean: number
  readonly attacked: number
  readonly linf: number
  readonly psnr: number
  readonly milliseconds: number
}

const lines = (results: readonly Result[]): string =>
  results
    .map(
      ({ out, clean, attacked, linf: most, psnr: db, milliseconds }) =>
        `${clean.toFixed(4).padStart(12)} -> ${attacked.toFixed(4).padEnd(12)} L-infinity ${(most * 255).toFixed(0)}/255, PSNR ${db.toFixed(1)} dB, ${milliseconds.toFixed(0)} ms  ${out}`,
    )
    .join('\n')
