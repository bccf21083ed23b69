// What the plugins of this folder share: a line in the file COUNT for every call, and death of the run at a chosen one.
import { appendFileSync, existsSync, writeFileSync } from 'node:fs'

let calls = 0

/** Counts a call of `who` on an image, outside the runner's own books. */
export function called(who, image) {
  const { COUNT, KILL } = process.env
  if (COUNT) appendFileSync(COUNT, `${who} ${image.width}x${image.height} ${image.data[0]}\n`)
  if (KILL?.startsWith(`${who} `) && !existsSync(`${COUNT}.killed`)) {
    const [, nth] = KILL.split(' ')
    calls++
    if (calls === Number(nth)) {
      writeFileSync(`${COUNT}.killed`, '')
      process.kill(process.ppid, 'SIGKILL')
    }
  }
}
