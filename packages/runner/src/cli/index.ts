import { resolve } from 'node:path'
import { Command, CommanderError } from 'commander'
import { readManifest } from '../plugins/identity.js'
import { agreeCommand } from './agree.js'
import { attackCommand } from './attack.js'
import { calibrateCommand } from './calibrate.js'
import { isForPeople } from './common.js'
import { doctorCommand } from './doctor.js'
import { listCommand } from './list.js'
import { purifyCommand } from './purify.js'
import { reportCommand } from './report.js'
import { runCommand } from './run.js'
import { scoreCommand } from './score.js'
import { weightsCommand } from './weights.js'

function program(): Command {
  const cupel = new Command('cupel')
    .description('Attacks on no-reference image-quality metrics, and the purification that undoes them')
    .version(readManifest(resolve(import.meta.dirname, '../..')).version ?? '0.0.0')
    .showHelpAfterError('(add --help for what can be said)')
    .addCommand(listCommand())
    .addCommand(runCommand())
    .addCommand(reportCommand())
    .addCommand(calibrateCommand())
    .addCommand(scoreCommand())
    .addCommand(agreeCommand())
    .addCommand(attackCommand())
    .addCommand(purifyCommand())
    .addCommand(weightsCommand())
    .addCommand(doctorCommand())
  for (const command of [cupel, ...cupel.commands]) command.exitOverride()
  return cupel
}

/** The `cupel` command. Sets the exit code; errors are lines on standard error, with a stack where CUPEL_DEBUG=1 or where they are defects. */
export async function main(argv: readonly string[]): Promise<void> {
  // Standard output is for results: what plugins print goes beside them.
  console.log = console.info = console.error
  // A reader that has seen enough, such as head, is no error.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1))
  try {
    await program().parseAsync(argv)
  } catch (error) {
    if (error instanceof CommanderError) {
      process.exitCode = error.exitCode === 0 ? 0 : 1
      return
    }
    process.exitCode = 1
    const { message, stack } = error instanceof Error ? error : new Error(String(error))
    if (process.env.CUPEL_DEBUG) process.stderr.write(`${stack}\n`)
    else if (isForPeople(error)) process.stderr.write(`${message}\n`)
    else process.stderr.write(`unexpected error: ${message}\nCUPEL_DEBUG=1 shows where it happened\n`)
  }
}
