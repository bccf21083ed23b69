/**
 * BF_CNN: a denoiser without biases, which for that reason copes with any level of noise.
 *
 * Mohan, Kadkhodaie, Simoncelli, Fernandez-Granda, "Robust and interpretable blind image denoising via bias-free convolutional neural
 * networks", ICLR 2020.
 * Differs from the reference in nothing but rounding; the result is clamped to 0..1.
 */
import { defineDefence } from '@cupel/core'
import { readBfCnn } from '@cupel/diffusion'
import { networkDefence } from '@cupel/network-defence'

/** The image without the noise that the network finds in it. */
export const bfCnn = defineDefence({
  name: 'bf-cnn',
  summary: 'BF_CNN: takes off the noise that a network without biases finds, at any level',
  paper: 'Mohan et al., Robust and interpretable blind image denoising via bias-free CNNs, ICLR 2020, arXiv:1906.05478',
  gradient: 'exact',
  weights: {
    'bf-cnn': {
      file: 'BF_CNN_BSD300_color_0to100.pt',
      url: 'https://raw.githubusercontent.com/LabForComputationalVision/universal_inverse_problem/943b9ed99e35a4af86c36c413e2ca70ab320e8bc/denoisers/BF_CNN/BSD300_color/noise_range_0to100/model.pt',
      sha256: '24254895bb92d929f6f8365e29fb89b41085685d0b1ee3759a5999c5617c1bab',
      bytes: 2_696_317,
      licence: 'none stated by its authors; for research on your own machine',
      citation:
        'Kadkhodaie, Simoncelli, Stochastic solutions for linear inverse problems using the prior implicit in a denoiser, NeurIPS 2021',
    },
  },
  async create(_, { device, weights }) {
    const { radius, residual } = await readBfCnn(await weights('bf-cnn'))
    return networkDefence((g, image) => image.sub(residual(g, image)), {
      name: 'bf-cnn',
      device,
      extent: { reach: radius },
    })
  },
})

export default bfCnn
