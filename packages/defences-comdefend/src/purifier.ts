import type { Device, Purifier } from '@cupel/core'
import { readCheckpoint } from '@cupel/graph/checkpoint'
import { networkDefence } from '@cupel/network-defence'
import { comdefendNetwork, type Design, readHalf } from './network.js'

/** The network with the parameters of the authors' two files; it takes images that are not within 0..1 too. */
export async function purifier(
  { encoder, decoder }: Readonly<Record<keyof Design, string>>,
  design: Design,
  device: Device,
): Promise<Purifier> {
  const half = async (path: string, name: keyof Design) => readHalf(await readCheckpoint(path), name, design)
  const state = new Map([...(await half(encoder, 'encoder')), ...(await half(decoder, 'decoder'))])
  const network = comdefendNetwork(design)
  return networkDefence((g, image) => network(image, g.parameters(state)), {
    name: 'comdefend',
    device,
    extent: { reach: design.encoder.length + design.decoder.length - 2 },
    kind: 'surrogate',
  })
}
