import type { Device, Purifier } from '@cupel/core'
import { loadStrict, readCheckpoint } from '@cupel/graph/checkpoint'
import { networkDefence } from '@cupel/network-defence'
import { readMatConvNet } from './matconvnet.js'
import { type Design, dncnnNetwork } from './network.js'

/** The network with the parameters of a file, KAIR's or one of MatConvNet; it takes images that are not within 0..1 too. */
export async function purifier(path: string, design: Design, device: Device): Promise<Purifier> {
  const checkpoint = await readCheckpoint(path)
  const network = dncnnNetwork(design)
  const state =
    checkpoint.format === 'mat'
      ? await readMatConvNet(checkpoint, design)
      : await loadStrict(checkpoint, network.shapes)
  return networkDefence((g, image) => network(image, g.parameters(state)), {
    name: 'dncnn',
    device,
    extent: { reach: design.layers },
  })
}
