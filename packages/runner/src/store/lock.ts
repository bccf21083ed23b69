import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { CupelError } from '@cupel/core'
import { makeFolder } from './folder.js'

const alive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/**
 * Makes a run's folder and takes it for this process. A lock that a killed process left behind is taken over.
 *
 * @returns gives the folder back
 * @throws {CupelError} when it cannot be written, or when another run is writing it
 */
export function lockFolder(folder: string): () => void {
  const file = join(folder, 'lock.json')
  const mine = JSON.stringify({ pid: process.pid, host: hostname() })
  for (let tries = 0; ; tries++) {
    try {
      makeFolder(folder)
      writeFileSync(file, mine, { flag: 'wx' })
      return () => rmSync(file, { force: true })
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException
      if (code !== 'EEXIST' || tries > 3) {
        throw new CupelError(`cannot write to the output folder ${folder}: ${message}; choose another with --out`)
      }
    }
    let holder: { pid?: number; host?: string } = {}
    try {
      holder = JSON.parse(readFileSync(file, 'utf8'))
    } catch {
      // A lock cut short is nobody's.
    }
    if (holder.host === hostname() ? alive(holder.pid!) : holder.pid !== undefined) {
      throw new CupelError(
        `${folder} is being written by another run (process ${holder.pid} on ${holder.host}); wait for it, choose another --out, or remove ${file} if that run is gone`,
      )
    }
    rmSync(file, { force: true })
  }
}
