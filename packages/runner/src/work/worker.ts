import type { Job, Message } from './job.js'
import { openOn } from './open.js'
import { failure, perform } from './perform.js'
import type { Settled } from './pool.js'
import * as tailoring from './tailoring.js'

// The coordinator's end is this process's end, so that a killed run leaves nothing behind.
process.on('disconnect', () => process.exit())
// Ctrl-C reaches the whole process group; the coordinator decides what becomes of its workers.
process.on('SIGINT', () => {})
// What plugins print belongs to the person, not to what a script reads.
console.log = console.info = console.error

function tell(message: Message): void {
  process.send!(message)
}
let ticked = 0
/** Tells that work goes on, ten times a second at most: an attack may ask thousands of times. */
function tick(): void {
  const now = performance.now()
  if (now - ticked < 100) return
  ticked = now
  tell({ type: 'tick' })
}
const { signal } = new AbortController()

/** Does one job, sending a message for each step. */
export default async function work(job: Job): Promise<void> {
  await perform(job, openOn(job.device), tell, tick, signal)
}

const settled = <T>(work: Promise<T>): Promise<Settled<T>> =>
  work.then(
    (value) => ({ value }),
    (error) => ({ failure: failure(error) }),
  )

/** Trains an attack. */
export const prepare = (task: tailoring.Preliminary) =>
  settled(tailoring.prepare(task, openOn(task.device), tick, signal))

/** Sets the knob of an attack. */
export const calibrate = (task: tailoring.Preliminary & { strength: tailoring.Strength }) =>
  settled(tailoring.calibrate(task, task.strength, openOn(task.device), tick, signal))
