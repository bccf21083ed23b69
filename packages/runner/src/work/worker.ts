import type { Job, Message } from './job.js'
import { openOn } from './open.js'
import { perform } from './perform.js'

// The coordinator's end is this process's end, so that a killed run leaves nothing behind.
process.on('disconnect', () => process.exit())
// Ctrl-C reaches the whole process group; the coordinator decides what becomes of its workers.
process.on('SIGINT', () => {})
// What plugins print belongs to the person, not to what a script reads.
console.log = console.info = console.error

/** Entry point of a worker process: does one job, sending a message for each step. */
export default async function work(job: Job): Promise<void> {
  const tell = (message: Message): void => {
    process.send!(message)
  }
  await perform(job, openOn(job.device), tell, new AbortController().signal)
}
