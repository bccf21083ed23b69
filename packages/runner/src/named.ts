import { readFileSync } from 'node:fs'
import { CupelError } from '@cupel/core'

const PROBLEMS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  ENOTDIR: 'no such file',
  EISDIR: 'a folder, expected a file',
  EACCES: 'it may not be read: permission denied',
}

/**
 * The text of a file that a person named.
 *
 * @param said how it was named, as in `--mos scores.csv`
 * @throws {CupelError} that begins with that, when the file cannot be read
 */
export function readNamed(said: string, path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException
    throw new CupelError(`${said}: ${PROBLEMS[code] ?? message}`, { cause: error })
  }
}
