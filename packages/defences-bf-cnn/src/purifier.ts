import type { Device, Purifier } from '@cupel/core'
import { readBfCnn } from '@cupel/diffusion'
import { networkDefence } from '@cupel/network-defence'

/** The network with the parameters of the authors' file; it takes images that are not within 0..1 too. */
export async function purifier(path: string, device: Device): Promise<Purifier> {
  const { radius, residual } = await readBfCnn(path)
  return networkDefence((g, image) => image.sub(residual(g, image)), {
    name: 'bf-cnn',
    device,
    extent: { reach: radius },
  })
}
