import { resolve } from 'node:path'
import { Command } from 'commander'
import { opinionsOf, readOpinions } from '../opinions.js'
import { readOutputs, writeOutputs } from '../outputs.js'
import { print } from './common.js'

/** `cupel report`: the tables, figures and report of a finished run again, from its rows. */
export function reportCommand(): Command {
  return new Command('report')
    .description('make the tables, figures and report of a finished run again')
    .argument('<dir>', 'the folder of a run')
    .option('--mos <file>', 'CSV file of opinion scores')
    .action(async (dir: string, { mos }) => {
      const folder = resolve(dir)
      const found = await readOutputs(folder)
      const names = [...new Set(found.rows.map(({ image }) => image))]
      await writeOutputs(folder, { ...found, ...(mos && { mos: opinionsOf(names, readOpinions(resolve(mos))) }) })
      print(resolve(folder, 'report.html'))
    })
}
