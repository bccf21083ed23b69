import { readFileSync } from 'node:fs'
import type { Device, Plugin } from '@cupel/core'
import type { Chosen } from '../plugins/select.js'
import type { Open } from './attacking.js'

const opened = new Map<string, Promise<unknown>>()

/**
 * Opens chosen plugins in this process, each once; one that could not be opened is tried again next time.
 *
 * @param device where their networks run
 */
export function openOn(device: Device): Open {
  return ((chosen: Chosen) => {
    const key = `${device} ${chosen.url} ${chosen.key}`
    let instance = opened.get(key)
    if (!instance) {
      instance = import(chosen.url).then(({ default: plugin }: { default: Plugin }) =>
        plugin.open(JSON.parse(chosen.options), {
          device,
          ...(chosen.prepared && { prepared: readFileSync(chosen.prepared) }),
        }),
      )
      instance.catch(() => opened.delete(key))
      opened.set(key, instance)
    }
    return instance
  }) as Open
}
