import type { Device, Purifier } from '@cupel/core'
import { loadStrict, readCheckpoint } from '@cupel/graph/checkpoint'
import { networkDefence } from '@cupel/network-defence'
import { type Design, ffdnetNetwork } from './network.js'

/** The network with the parameters of KAIR's file, told of noise of `sigma` of 255; it takes images that are not within 0..1 too. */
export async function purifier(path: string, design: Design, sigma: number, device: Device): Promise<Purifier> {
  const network = ffdnetNetwork(design, sigma)
  const state = await loadStrict(await readCheckpoint(path), network.shapes)
  return networkDefence((g, image) => network(image, g.parameters(state)), {
    name: 'ffdnet',
    device,
    // Blocks, and the pixels that complete the last one.
    extent: { reach: 2 * design.layers + 2, grid: 2 },
  })
}
