import { CupelError, isCupelError, type Notes } from '@cupel/core'
import type { Command } from 'commander'
import { type RunOptions, resolveOptions, runOptions } from '../config.js'
import type { Settings } from '../plugins/options.js'
import { FLAGS } from '../report/flags.js'

/** What help says of an option of a run. */
export const about = (option: keyof RunOptions): string => runOptions.shape[option].description ?? ''

/** Reads an option of another command as a run reads it. */
export const asRun =
  <K extends keyof RunOptions>(option: K) =>
  (text: string): RunOptions[K] =>
    resolveOptions({ [option]: text })[option]

/** Prints a result for a person or, with --json, the one JSON value that a script reads. */
export function print(value: string | object): void {
  process.stdout.write(typeof value === 'string' ? `${value}\n` : `${JSON.stringify(value, null, 2)}\n`)
}

/** Says something beside the result. */
export const say = (line: string): void => {
  process.stderr.write(`${line}\n`)
}

/** What a person is told of the notes of a result, after the rest of its line: its flags and what each means. */
export const flagged = ({ flag = '' }: Notes): string =>
  `${flag}`
    .split(' ')
    .filter(Boolean)
    .map((one) => `  (${one}: ${FLAGS[one] ?? 'raised by the plugin'})`)
    .join('')

/** Errors that say what to do: ours, and those of @cupel/graph, which knows nothing of core. */
export const isForPeople = (error: unknown): error is Error =>
  isCupelError(error) || (error instanceof Error && /^(Graph|Checkpoint)Error$/.test(error.name))

/** Adds one `key=value` to those before it. */
function setting(text: string, before: Settings): Settings {
  const at = text.indexOf('=')
  if (at < 1) throw new CupelError(`--set ${text}: expected key=value, for example --set quality=30`)
  return { ...before, [text.slice(0, at)]: text.slice(at + 1) }
}

/** Adds `--set key=value`, which may be given more than once. */
export const withSettings = (command: Command, what: string): Command =>
  command.option('--set <key=value>', `an option of ${what}; may be given more than once`, setting, {})
