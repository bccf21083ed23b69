import { checkImage, digest } from '@cupel/core'
import { readImage, writeImage } from '@cupel/image'
import { Command } from 'commander'
import { discover, findRoot } from '../plugins/discover.js'
import { selectOne } from '../plugins/select.js'
import { timed } from '../work/attacking.js'
import { evaluationDraw } from '../work/draw.js'
import { openOn } from '../work/open.js'
import { asRun, flagged, print, withSettings } from './common.js'
import { eachImage, targets } from './files.js'

/** `cupel purify`: one defence on files. */
export function purifyCommand(): Command {
  const command = new Command('purify')
    .description('clean images with one defence')
    .argument('<defence>', 'a defence or one of its variants')
    .argument('<input>', 'an image, a folder, a glob or @LIST')
    .argument('<out>', 'a .png file for one image, else a folder')
    .option('--seed <n>', 'the seed of a random defence', asRun('seed'), 0)
    .option('--device <name>', 'cpu, cuda or webgpu', asRun('device'), 'cpu')
    .option('--json', 'print one JSON array of { image, out, milliseconds, notes }')
  return withSettings(command, 'the defence').action(async (name: string, input: string, out: string, given) => {
    const chosen = await selectOne('defence', name, await discover(findRoot(process.cwd())), given.set)
    const defence = await openOn(given.device)(chosen)
    const files = await targets(input, out, process.cwd())
    await eachImage(
      files,
      ({ from }) => from,
      async ({ from, to }) => {
        const image = await readImage(from)
        const random = evaluationDraw(given.seed, chosen, digest(image))
        const { signal } = new AbortController()
        const [purified, milliseconds] = await timed(() => defence.purify(image, { random, signal }))
        await writeImage(checkImage(purified, `output of ${chosen.label} for ${from}`), to)
        return { image: from, out: to, milliseconds, notes: purified.notes ?? {} }
      },
      (results) =>
        print(
          given.json
            ? results
            : results
                .map(({ out, milliseconds, notes }) => `${out}  (${milliseconds.toFixed(1)} ms)${flagged(notes)}`)
                .join('\n'),
        ),
    )
  })
}
