/**
 * BF_CNN: a denoiser without biases, which for that reason copes with any level of noise.
 *
 * Mohan, Kadkhodaie, Simoncelli, Fernandez-Granda, "Robust and interpretable blind image denoising via bias-free convolutional neural
 * networks", ICLR 2020.
 * Differs from the reference in nothing but rounding; the result is clamped to 0..1.
 */
import { defineDefence } from '@cupel/core'
import { bfCnnWeights } from '@cupel/diffusion'
import { sizesOf } from '@cupel/network-defence'
import { purifier } from './purifier.js'

/** The image without the noise that the network finds in it. */
export const bfCnn = defineDefence({
  name: 'bf-cnn',
  summary: 'BF_CNN: takes off the noise that a network without biases finds, at any level',
  paper: 'Mohan et al., Robust and interpretable blind image denoising via bias-free CNNs, ICLR 2020, arXiv:1906.05478',
  gradient: 'exact',
  sizes: sizesOf({}),
  weights: bfCnnWeights,
  create: async (_, { device, weights }) => purifier(await weights('bf-cnn'), device),
})

export default bfCnn
