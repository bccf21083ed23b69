import type { Image, Setup, WeightsTable } from '@cupel/core'
import type { Loss } from '@cupel/descent'
import { ssimGradient } from '@cupel/full-reference'
import type { Distance } from '@cupel/perceptual'
import { distsWeights, lpipsWeights } from '@cupel/perceptual/weights'

/** The perceptual distances that the study uses. */
export type ProxyName = 'ssim' | 'lpips' | 'dists'

/** A perceptual distance D, opened. */
export interface Penalty {
  /** D(x', x) as a loss of x'. */
  to(x: Image): Loss
  dispose?(): Promise<void>
}

/** The files that a distance needs. */
export const weightsOf = (name: ProxyName): WeightsTable =>
  ({ ssim: {}, lpips: lpipsWeights('vgg'), dists: distsWeights })[name]

/** 1 - SSIM with the 11 x 11 Gaussian window. */
const dissimilarity: Penalty = {
  to: (x) => (image) => {
    const { value, gradient } = ssimGradient(image, x, { window: 'gaussian' })
    return { value: 1 - value, gradient: gradient.map((g) => -g) }
  },
}

/** A distance that runs in a graph. */
export const fromDistance = (distance: Distance): Penalty => ({
  to: (x) => (image) => distance.gradient(image, x),
  dispose: () => distance.dispose(),
})

/** Opens D. Only what needs a network loads a runtime. */
export async function openPenalty(name: ProxyName, { weights, device }: Setup): Promise<Penalty> {
  if (name === 'ssim') return dissimilarity
  const backbone = await weights('backbone')
  if (name === 'lpips') {
    const heads = await weights('heads')
    const { lpips } = await import('@cupel/perceptual')
    return fromDistance(await lpips('vgg', { backbone, heads }, { device }))
  }
  const mix = await weights('mix')
  const { dists } = await import('@cupel/perceptual')
  return fromDistance(await dists({ backbone, mix }, { device }))
}
