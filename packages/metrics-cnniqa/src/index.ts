/**
 * CNNIQA: the mean over 32 x 32 patches of a small convolutional network's estimate of a patch's DMOS.
 *
 * Kang, Ye, Li, Doermann, "Convolutional neural networks for no-reference image quality assessment", CVPR 2014.
 * Differs from the reference (Li's PyTorch port, whose weights these are) in not rounding the gray image to 8 bits unless asked,
 * so that the gradient is exact, and in giving an image with a side of exactly 32 pixels its one patch there, where the port
 * finds none.
 */
import { defineMetric, z } from '@cupel/core'
import { network } from '@cupel/graph'
import { loadStrict, readCheckpoint } from '@cupel/graph/checkpoint'
import { grayRounded } from './gray.js'
import { cnniqaNetwork, shapes } from './network.js'

const options = z.object({
  gray: z
    .enum(['unrounded', 'rounded'])
    .default('unrounded')
    .describe(
      'whether luminance is rounded to 8 bits, as in the official code; its gradient then passes over the rounding',
    ),
})

const file = {
  file: 'CNNIQA-LIVE',
  url: 'https://raw.githubusercontent.com/lidq92/CNNIQA/fb36830fc6491ef8db2dc651aaad94cdbee131fa/models/CNNIQA-LIVE',
  sha256: '79cc404d0da3e76e51b6680c4d6edd7332399ba7ed8af3306bdd16e95c7bda7e',
  bytes: 2_900_940,
  licence: 'none stated by its author; for research on your own machine',
  citation: 'Dingquan Li, CNNIQA (PyTorch), https://github.com/lidq92/CNNIQA, trained on LIVE',
}

/** Lower is better; LIVE's DMOS, 0 to 100. */
export const cnniqa = defineMetric({
  name: 'cnniqa',
  summary: 'a small convolutional network over 32x32 patches, trained on LIVE (lower is better)',
  paper: 'Kang, Ye, Li, Doermann, Convolutional neural networks for no-reference image quality assessment, CVPR 2014',
  options,
  variants: { 'cnniqa-gray8': { gray: 'rounded' } },
  better: 'lower',
  range: [0, 100],
  gradient: ({ gray }) => (gray === 'rounded' ? 'surrogate' : 'exact'),
  minimumSize: 32,
  weights: { 'CNNIQA-LIVE': file },
  async create({ gray }, { device, weights }) {
    const state = await loadStrict(await readCheckpoint(await weights('CNNIQA-LIVE')), shapes)
    const net = network((g, image) => cnniqaNetwork(g, image, state), { device })
    const seen = gray === 'rounded' ? grayRounded : (image: Parameters<typeof grayRounded>[0]) => image
    const kind = gray === 'rounded' ? 'surrogate' : 'exact'
    return {
      score: (image) => net.score(seen(image)),
      gradient: async (image) => ({ ...(await net.gradient(seen(image))), kind }),
      dispose: () => net.dispose(),
    }
  },
})

export default cnniqa
