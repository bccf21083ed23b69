/**
 * NSS: how far an image's natural-scene statistics lie from a Gaussian model of those of pristine photographs.
 *
 *     Q = 100 / (1 + D^2 / m),   D^2 = (f - mu)^T Sigma^-1 (f - mu)
 *
 * f: moments, shape and neighbour products of the locally normalised luminance and the variation of its contrast, at full and
 * half size (features.ts). mu and Sigma are their mean and covariance over pristine photographs, m is the median of D^2 there:
 * such a photograph scores 50 in the median, and 100 is an image exactly like the average one.
 *
 * After Mittal, Soundararajan, Bovik, "Making a 'completely blind' image quality analyzer", IEEE Signal Processing Letters
 * 20(3), 2013 (NIQE), and Mittal, Moorthy, Bovik, IEEE TIP 21(12), 2012 (BRISQUE).
 * Differs from the reference in taking smooth moments where it fits distributions, one set of them an image where it takes one a
 * patch, and the Mahalanobis distance of that set; so every image from 16 pixels a side has a score with an exact gradient.
 */
import { defineMetric } from '@cupel/core'
import { network, tensor } from '@cupel/graph'
import { whitening } from '@cupel/scene-statistics'
import { features } from './features.js'
import { pristine } from './pristine.js'

/** Higher is better; 0 to 100. */
export const nss = defineMetric({
  name: 'nss',
  summary: "distance of an image's natural-scene statistics from those of pristine photographs, as a score of 0 to 100",
  paper:
    "after Mittal, Soundararajan, Bovik, Making a 'completely blind' image quality analyzer, IEEE Signal Processing Letters 20(3), 2013",
  better: 'higher',
  range: [0, 100],
  gradient: 'exact',
  minimumSize: 16,
  create(_, { device }) {
    const { mean, covariance, median } = pristine()
    const size = mean.length
    const net = network(
      (g, image) => {
        const f = features(g, image).sub(g.constant(tensor([...mean], [1, size])))
        const distance = f.linear(g.constant(tensor(whitening(covariance).flat(), [size, size])))
        return distance.mul(distance).sum([1]).div(median).add(1).reciprocal().mul(100)
      },
      { device },
    )
    return {
      score: (image) => net.score(image),
      gradient: async (image) => ({ ...(await net.gradient(image)), kind: 'exact' }),
      dispose: () => net.dispose(),
    }
  },
})

export default nss
