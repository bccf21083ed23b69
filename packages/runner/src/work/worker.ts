import type { Device, Plugin } from '@cupel/core'
import type { Chosen } from '../plugins/select.js'
import type { Job, Message } from './job.js'
import { type Open, perform } from './perform.js'

const opened = new Map<string, Promise<unknown>>()

/** Imports and opens a plugin in this process; one that could not be opened is tried again next time. */
function open(chosen: Chosen, device: Device): Promise<unknown> {
  const key = `${device} ${chosen.url} ${chosen.key}`
  let instance = opened.get(key)
  if (!instance) {
    instance = import(chosen.url).then(({ default: plugin }: { default: Plugin }) =>
      plugin.open(JSON.parse(chosen.options), { device }),
    )
    instance.catch(() => opened.delete(key))
    opened.set(key, instance)
  }
  return instance
}

// The coordinator's end is this process's end, so that a killed run leaves nothing behind.
process.on('disconnect', () => process.exit())
// What plugins print belongs to the person, not to what a script reads.
console.log = console.info = console.error

/** Entry point of a worker process: does one job, sending a message for each step. */
export default async function work(job: Job): Promise<void> {
  const tell = (message: Message) => process.send!(message)
  const openHere = (chosen: Chosen) => open(chosen, job.device)
  await perform(job, openHere as Open, tell, new AbortController().signal)
}
