/**
 * Linearity: ResNeXt-101 32x8d features of two depths, pooled over the map, reduced to 64 numbers each and regressed; trained on
 * KonIQ-10k with the norm-in-norm loss, whose scale k and offset b the checkpoint carries.
 *
 * Li, Jiang, Jiang, "Norm-in-Norm loss with faster convergence and better performance for image quality assessment", ACM MM 2020.
 * Differs from the reference in nothing at `size: 'native'`, which is how the study feeds it; at `size: 'official'` in not rounding
 * the resized image to 8 bits, so that the gradient is exact.
 */
import { resized, standardised } from '@cupel/backbones'
import { CupelError, defineMetric, z } from '@cupel/core'
import { network } from '@cupel/graph'
import { type Checkpoint, loadStrict, readCheckpoint } from '@cupel/graph/checkpoint'
import { auxiliary, linearityNetwork } from './network.js'

const options = z.object({
  size: z
    .enum(['native', 'official'])
    .default('native')
    .describe('feed the image at its own size, as the study does, or resized to 664x498, as the authors do'),
})

/** The published checkpoint. */
export const checkpoint = {
  file: 'p1q2.pth',
  instructions:
    'download p1q2.pth from the Google Drive folder of the authors, https://drive.google.com/drive/folders/1H79ptqjcR4NH6HP4wLsEmqwhNqNNqXwh (see https://github.com/lidq92/LinearityIQA)',
  licence: 'none stated by its authors; for research on your own machine',
  citation: 'Li, Jiang, Jiang, Norm-in-Norm loss, ACM MM 2020, https://github.com/lidq92/LinearityIQA',
}

/** The last of k or of b: that of the score from both taps. */
function last(file: Checkpoint, key: 'k' | 'b'): number {
  const value = file.at(key).numbers().at(-1)
  if (value !== undefined) return value
  throw new CupelError(`${file.path}: "${key}" is empty, expected the scale and offset of three scores`)
}

/** Higher is better; about 0 to 100, the scale of KonIQ-10k, but not bounded by it. */
export const linearity = defineMetric({
  name: 'linearity',
  summary: 'ResNeXt-101 trained with the norm-in-norm loss on KonIQ-10k',
  paper:
    'Li, Jiang, Jiang, Norm-in-Norm loss with faster convergence and better performance for image quality assessment, ACM MM 2020, arXiv:2008.03889',
  options,
  variants: { 'linearity-official': { size: 'official' } },
  aliases: { 'linearity-iqa': 'linearity' },
  better: 'higher',
  range: [25.7807, 83.227],
  gradient: 'exact',
  weights: { network: checkpoint },
  async create({ size }, { device, weights }) {
    const file = await readCheckpoint(await weights('network'))
    const state = await loadStrict(file.at('model'), linearityNetwork.shapes, { ignore: auxiliary })
    const [k, b] = [last(file, 'k'), last(file, 'b')]
    const net = network(
      (g, image) => {
        const fed = size === 'official' ? resized(image, [498, 664]) : image
        return linearityNetwork(standardised(fed), g.parameters(state)).mul(k).add(b)
      },
      { device },
    )
    return { ...net, gradient: async (image) => ({ ...(await net.gradient(image)), kind: 'exact' }) }
  },
})

export default linearity
