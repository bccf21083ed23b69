/**
 * NIQE: the distance between a Gaussian model of an image's patch statistics and one of pristine photographs.
 *
 *     D = sqrt((nu1 - nu2)^T ((Sigma1 + Sigma2) / 2)^-1 (nu1 - nu2))
 *
 * Mittal, Soundararajan, Bovik, "Making a 'completely blind' image quality analyzer", IEEE Signal Processing Letters 20(3), 2013.
 * Differs from the reference (the authors' MATLAB release) in taking coefficients below 1e-9 for zero, where the release counts the
 * signs of its rounding errors in flat regions, in leaving flat blocks out altogether, in blocks as long as the side of an image
 * that is shorter than 96 pixels, and by default in the pristine model: that of photographs whose licence allows to ship it.
 */
import { defineMetric, type Image, z } from '@cupel/core'
import { squaredDistance } from '@cupel/scene-statistics'
import { blocks } from './features.js'
import { type Gaussian, gaussianOf, officialModel, ownModel } from './model.js'

const options = z.object({
  model: z
    .enum(['own', 'official'])
    .default('own')
    .describe("the pristine model: the one in this package, or the authors' (niqe_pris_params.npz)"),
})

const file = {
  file: 'niqe_pris_params.npz',
  url: 'https://raw.githubusercontent.com/xinntao/BasicSR/d21eac885b6de90a7adef7cc59e937dbdbb200b1/basicsr/metrics/niqe_pris_params.npz',
  sha256: '2a7c182a68c9e7f1b2e2e5ec723279d6f65d912b6fcaf37eb2bf03d7367c4296',
  bytes: 11850,
  licence: 'free to use with the notice of the NIQE software release (University of Texas at Austin)',
  citation:
    'A. Mittal, R. Soundararajan, A. C. Bovik, NIQE Software Release, http://live.ece.utexas.edu/research/quality/niqe.zip, 2012',
}

/** D of an image; that of a flat one is the distance of all-zero features. */
function niqeOf(image: Image, pristine: Gaussian): number {
  const found = blocks(image).map(({ features }) => features)
  const own = gaussianOf(found.length > 0 ? found : [pristine.mean.map(() => 0)])
  const difference = own.mean.map((value, i) => value - pristine.mean[i]!)
  const covariance = own.covariance.map((row, i) => row.map((value, j) => (value + pristine.covariance[i]![j]!) / 2))
  return Math.sqrt(squaredDistance(difference, covariance))
}

/** Lower is better. */
export const niqe = defineMetric({
  name: 'niqe',
  summary: "statistics of an image's patches against those of pristine photographs (lower is better, no gradient)",
  paper:
    "Mittal, Soundararajan, Bovik, Making a 'completely blind' image quality analyzer, IEEE Signal Processing Letters 20(3), 2013",
  options,
  variants: { 'niqe-official': { model: 'official' } },
  better: 'lower',
  // The bounds that arXiv:2408.01541 normalises by.
  range: [1.41, 28.7],
  minimumSize: 16,
  weights: ({ model }) => (model === 'official' ? { parameters: file } : {}),
  async create({ model }, { weights }) {
    const pristine = model === 'official' ? await officialModel(await weights('parameters')) : ownModel()
    return { score: async (image) => niqeOf(image, pristine) }
  },
})

export default niqe
