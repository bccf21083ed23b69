/**
 * Bilateral filter: every pixel becomes the mean of its neighbours, weighted by their nearness in place and in colour,
 * w = exp(-|i - j|^2 / (2 sigma_s^2)) exp(-|x_i - x_j|_1^2 / (2 sigma_c^2)), over a disc; the image mirrored at its borders.
 *
 * Tomasi & Manduchi, "Bilateral filtering for gray and color images", ICCV 1998.
 * Differs from the paper in the distance of colours, which is the sum of the differences of R, G and B, as in OpenCV.
 */
import { defineDefence, z } from '@cupel/core'
import { windowSize } from '@cupel/filters'
import { bilateralAdjoint } from './adjoint.js'
import { bilateralFilter } from './filter.js'

const options = z.object({
  size: windowSize(5),
  sigmaColour: z
    .number()
    .min(0.001)
    .max(10)
    .default(0.1)
    .describe('deviation in colour, of sums of differences of 0..1 values'),
  sigmaSpace: z.number().min(0.1).max(1000).default(2).describe('deviation in place, in pixels'),
})

const sweep = [0.05, 0.1, 0.2, 0.4]

/** The image smoothed where its colours are alike. */
export const bilateral = defineDefence({
  name: 'bilateral',
  summary: 'smooths the image where its colours are alike, and keeps its edges',
  paper: 'Tomasi & Manduchi, Bilateral filtering for gray and color images, ICCV 1998',
  options,
  variants: Object.fromEntries(sweep.map((sigmaColour) => [`bilateral-${sigmaColour}`, { sigmaColour }])),
  gradient: 'exact',
  create: (window) => ({
    async purify(image, { signal }) {
      const filtered = await bilateralFilter(image, window, signal)
      return {
        ...filtered,
        pullback: async (gradient) => ({
          gradient: await bilateralAdjoint(image, filtered, gradient, window, signal),
          kind: 'exact',
        }),
      }
    },
  }),
})

export default bilateral
