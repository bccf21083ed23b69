// Preloaded into the cupel process: kills it, as kill -9 does, half-way through the nth write to a file whose name has a given part.
// KILL_WRITE="part nth"
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'

const [part, nth] = (process.env.KILL_WRITE ?? '').split(' ')
// Workers have a parent to talk to; only the coordinator writes.
if (part && !process.send) {
  let writes = 0
  for (const name of ['writeFileSync', 'appendFileSync']) {
    const original = fs[name]
    fs[name] = (path, content, ...rest) => {
      if (!String(path).includes(part) || ++writes !== Number(nth)) return original(path, content, ...rest)
      const bytes = Buffer.from(content)
      original(path, bytes.subarray(0, bytes.length >> 1), ...rest)
      process.kill(process.pid, 'SIGKILL')
    }
  }
  syncBuiltinESMExports()
}
