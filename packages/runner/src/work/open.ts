import { readFileSync } from 'node:fs'
import { chain, createRandom, type Device, estimated, type Metric, type Plugin } from '@cupel/core'
import type { Chosen } from '../plugins/select.js'
import type { Open } from './attacking.js'

const opened = new Map<string, Promise<unknown>>()

/** Imports a plugin and opens it; a chain is made of its links, a gradient that is not there estimated if that is wanted. */
async function openNow(chosen: Chosen, device: Device, open: Open): Promise<unknown> {
  if (chosen.links) return chain(...(await Promise.all(chosen.links.map((link) => open(link)))))
  const { default: plugin }: { default: Plugin } = await import(chosen.url)
  const prepared = chosen.prepared && { prepared: readFileSync(chosen.prepared) }
  const instance = await plugin.open(JSON.parse(chosen.options), { device, ...prepared })
  if (!chosen.estimate) return instance
  const { pairs, seed } = chosen.estimate
  return estimated(instance as Metric, { samples: pairs, random: createRandom(seed).fork('estimate', chosen.plugin) })
}

/**
 * Opens chosen plugins in this process, each once; one that could not be opened is tried again next time.
 *
 * @param device where their networks run
 */
export function openOn(device: Device): Open {
  const open = ((chosen: Chosen) => {
    const key = `${device} ${chosen.url} ${chosen.key}`
    let instance = opened.get(key)
    if (!instance) {
      instance = openNow(chosen, device, open)
      instance.catch(() => opened.delete(key))
      opened.set(key, instance)
    }
    return instance
  }) as Open
  return open
}
