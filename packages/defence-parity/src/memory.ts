import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

/** Bytes of the arrays that are in use: what memory is asked to hold, whenever it is next cleared. */
export function bytesInUse(): number {
  // What one collection finds dead is counted out, at the latest, when the next begins.
  collect()
  collect()
  return process.memoryUsage().arrayBuffers
}
