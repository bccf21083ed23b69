import { CupelError, digest, type Image, type Purified } from '@cupel/core'
import { readImage } from '@cupel/image'
import { Command } from 'commander'
import { findImages } from '../plan/images.js'
import { discover, findRoot } from '../plugins/discover.js'
import { selectOne } from '../plugins/select.js'
import { evaluationDraw } from '../work/draw.js'
import { openOn } from '../work/open.js'
import { asRun, flagged, print, withSettings } from './common.js'
import { eachImage } from './files.js'

/** `cupel score`: a metric's scores, if asked behind a defence. */
export function scoreCommand(): Command {
  const command = new Command('score')
    .description('score images with one metric')
    .argument('<metric>', 'a metric or one of its variants')
    .argument('<images...>', 'files, folders, globs or @LIST')
    .option('--defence <name>', 'purify each image first')
    .option('--seed <n>', 'the seed of a random defence', asRun('seed'), 0)
    .option('--device <name>', 'cpu, cuda or webgpu', asRun('device'), 'cpu')
    .option('--json', 'print one JSON array of { image, score, notes }')
  return withSettings(command, 'the metric').action(async (name: string, images: string[], given) => {
    const catalogue = await discover(findRoot(process.cwd()))
    const open = openOn(given.device)
    const metric = await selectOne('metric', name, catalogue, given.set)
    const scorer = await open(metric)
    const chosen = given.defence === undefined ? undefined : await selectOne('defence', given.defence, catalogue)
    const defence = chosen && (await open(chosen))
    const files = await findImages(images, process.cwd())
    await eachImage(
      files,
      (file) => file,
      async (file) => {
        let image: Image & Pick<Purified, 'notes'> = await readImage(file)
        if (chosen && defence) {
          const random = evaluationDraw(given.seed, chosen, digest(image))
          image = await defence.purify(image, { random, signal: new AbortController().signal })
        }
        const score = await scorer.score(image)
        if (!Number.isFinite(score))
          throw new CupelError(`${metric.label} returned ${score} for ${file}, expected a finite number`)
        return { image: file, score, notes: image.notes ?? {} }
      },
      (results) =>
        print(
          given.json
            ? results
            : results
                .map(({ image, score, notes }) => `${score.toFixed(4).padStart(12)}  ${image}${flagged(notes)}`)
                .join('\n'),
        ),
    )
  })
}
