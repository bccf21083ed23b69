import { adm } from '@cupel/adm-unet'
import {
  type Cut,
  checkWhole,
  type Device,
  type Image,
  type Notes,
  tiledAbove,
  tiledNotes,
  tiles,
  type WeightsTable,
  wholeUpTo,
} from '@cupel/core'
import { bfCnn, bfCnnLimit, bfCnnWeights, type Prior, tiled } from '@cupel/diffusion'

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

/** The greatest t that each knows. */
export const limits: Readonly<Record<PriorName, number>> = { 'bf-cnn': bfCnnLimit, adm: 1000 }

/** How each is asked in tiles; the reach of BF_CNN's is its radius. */
const cuts = { 'bf-cnn': { window: 384, ramp: 8 }, adm: { window: 256, ramp: 64 } } as const satisfies Record<
  PriorName,
  Cut
>

/** Area up to which the U-Net, whose normalisations and attention look at the whole, takes an image whole: 512 x 512. */
const WHOLE = 512 * 512

/** What can be done with larger images. */
const INSTEAD = "set size: 'tiled' (another result: each tile has its own statistics) or '256'"

/** Refuses what would take more memory than anyone expects. */
const bounded = (prior: Prior): Prior => ({
  ...prior,
  async predict(picture, level) {
    checkWhole(picture, 'diffpure with the prior adm', WHOLE, `or ${INSTEAD}`)
    return prior.predict(picture, level)
  },
})

/** Opens a prior. BF_CNN is always asked in tiles where an image is large: with margins of its radius they change nothing. */
export async function openPrior(name: PriorName, size: Size, path: string, device: Device): Promise<Prior> {
  if (name === 'bf-cnn') {
    const prior = await bfCnn(path, { device })
    return tiled(prior, { ...cuts[name], reach: prior.radius })
  }
  const prior = await adm(path, { device })
  return size === 'tiled' ? tiled(prior, cuts.adm) : bounded(prior)
}

/** What becomes of images by their size. */
export function sizesOf(name: PriorName, size: Size): string {
  const { window } = cuts[name]
  if (size === '256') return 'any, resized to 256 x 256 and back'
  if (name === 'bf-cnn') return tiledAbove(window)
  return size === 'native'
    ? wholeUpTo(WHOLE, 'refused unless `size: tiled` or `256`')
    : `tiles above ${window} x ${window} that know nothing of one another (flag \`tiled\`)`
}

/** What a row should know of how a prior saw an image: whether the U-Net had it in tiles. */
export const notesOf = (name: PriorName, size: Size, image: Image): { readonly notes?: Notes } =>
  name === 'adm' && size === 'tiled' ? tiledNotes(tiles(image, cuts.adm).length) : {}
