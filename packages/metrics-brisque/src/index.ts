/**
 * BRISQUE: a support vector regression on 36 natural-scene statistics of the locally normalised luminance.
 *
 * Mittal, Moorthy, Bovik, "No-reference image quality assessment in the spatial domain", IEEE TIP 21(12), 2012.
 * Differs from the reference (the authors' C++ release as OpenCV's quality module has it, whose model this reads) in double
 * precision, in taking coefficients below 1e-9 for zero, where the release counts the signs of its rounding errors in flat regions,
 * and in not cutting scores off at 0 and 100, so that an attack sees where it is.
 */
import { defineMetric } from '@cupel/core'
import { features } from './features.js'
import { predict, readRegression } from './regression.js'

const published = (file: string, sha256: string, bytes: number) => ({
  file,
  url: `https://raw.githubusercontent.com/opencv/opencv_contrib/4.6.0/modules/quality/samples/${file}`,
  sha256,
  bytes,
  licence: 'free to use with the notice of the BRISQUE software release (University of Texas at Austin)',
  citation:
    'A. Mittal, A. K. Moorthy, A. C. Bovik, BRISQUE Software Release, http://live.ece.utexas.edu/research/quality/BRISQUE_release.zip, 2011',
})

/** Lower is better; LIVE's DMOS, 0 to 100. */
export const brisque = defineMetric({
  name: 'brisque',
  summary: 'support vector regression on natural-scene statistics (lower is better, no gradient)',
  paper: 'Mittal, Moorthy, Bovik, No-reference image quality assessment in the spatial domain, IEEE TIP 21(12), 2012',
  better: 'lower',
  range: [0, 100],
  minimumSize: 16,
  weights: {
    model: published(
      'brisque_model_live.yml',
      '4c44c7eec9e5139830c0bb0e4a044c9cd351ba5bbc9e3798beca3243e2782ff4',
      567_815,
    ),
    range: published(
      'brisque_range_live.yml',
      'a18427f4f7ad087524bd0d63389649a3899b51ca6d44a4d5f8d8171f1f914a9c',
      1_356,
    ),
  },
  async create(_, { weights }) {
    const regression = await readRegression(await weights('model'), await weights('range'))
    return { score: async (image) => predict(regression, features(image)) }
  },
})

export default brisque
