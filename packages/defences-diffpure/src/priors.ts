import { adm } from '@cupel/adm-unet'
import { type Device, Unavailable, type WeightsTable } from '@cupel/core'
import { bfCnn, bfCnnWeights, type Prior, tiled } from '@cupel/diffusion'

/** What knows images, by the name that the option gives it. */
export const priors = ['bf-cnn', 'adm'] as const
export type PriorName = (typeof priors)[number]

/** How the network sees an image. */
export const sizes = ['native', '256', 'tiled'] as const
export type Size = (typeof sizes)[number]

/** The files that each needs. */
export const weightsOf: Readonly<Record<PriorName, WeightsTable>> = {
  'bf-cnn': bfCnnWeights,
  adm: {
    adm: {
      file: '256x256_diffusion_uncond.pt',
      url: 'https://openaipublic.blob.core.windows.net/diffusion/jul-2021/256x256_diffusion_uncond.pt',
      licence: 'MIT (OpenAI, guided-diffusion)',
      citation: 'Dhariwal, Nichol, Diffusion models beat GANs on image synthesis, NeurIPS 2021',
    },
  },
}

/** Side of a tile that the network has room for. */
const SIDE = { 'bf-cnn': 384, adm: 256 } as const

/** Area up to which the U-Net, whose normalisations and attention look at the whole, takes an image whole: 512 x 512. */
const WHOLE = 512 * 512

/** Refuses what would take more memory than anyone expects. */
const bounded = (prior: Prior): Prior => ({
  ...prior,
  async predict(picture, level) {
    if (picture.width * picture.height > WHOLE) {
      throw new Unavailable(
        `diffpure with the prior adm takes images of up to ${WHOLE} pixels whole, found ${picture.width} x ${picture.height}; ` +
          "choose size 'tiled' (another result: each tile has its own statistics) or '256'",
      )
    }
    return prior.predict(picture, level)
  },
})

/** Opens a prior. BF_CNN is always asked in tiles where an image is large: with margins of its radius they change nothing. */
export async function openPrior(name: PriorName, size: Size, path: string, device: Device): Promise<Prior> {
  const side = SIDE[name]
  if (name === 'bf-cnn') {
    const prior = await bfCnn(path, { device })
    return tiled(prior, { window: side, reach: prior.radius, ramp: 8 })
  }
  const prior = await adm(path, { device })
  return size === 'tiled' ? tiled(prior, { window: side, ramp: 64 }) : bounded(prior)
}
