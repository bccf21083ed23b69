import { existsSync, mkdirSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { CupelError } from '@cupel/core'

/** Whether there is a folder. */
export const isFolder = (path: string): boolean => existsSync(path) && statSync(path).isDirectory()

/**
 * Makes a folder and those above it, one by one: Node's recursive mkdir never returns below a folder such as /proc, which is there and takes no
 * other.
 *
 * @throws {CupelError} that names what cannot be made, and why
 */
export function makeFolder(path: string): void {
  if (isFolder(path)) return
  if (dirname(path) !== path) makeFolder(dirname(path))
  try {
    mkdirSync(path)
  } catch (error) {
    // Another process may have been faster.
    if (isFolder(path)) return
    const { code, message } = error as NodeJS.ErrnoException
    throw new CupelError(
      code === 'EEXIST' ? `${path} is a file, not a folder` : `${path} cannot be made (${message})`,
      { cause: error },
    )
  }
}
