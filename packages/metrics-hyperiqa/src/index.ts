/**
 * HyperIQA: features of ResNet-50 make the weights of a small network, which scores the image's local distortion features; the mean
 * over crops of 224x224.
 *
 * Su, Yan, Zhu, Zhang, Ge, Sun, Zhang, "Blindly assess image quality in the wild guided by a self-adaptive hyper network", CVPR 2020.
 * Differs from the reference in taking crops on an even grid where it draws ten at random, so that a score repeats; a side below 224 is
 * stretched to it. At `size: 'official'` the image is resized to 512 rows of 384, whatever its shape, as in the authors' demonstration
 * (without rounding to 8 bits).
 */
import { resized, standardised } from '@cupel/backbones'
import { defineMetric, z } from '@cupel/core'
import { network } from '@cupel/graph'
import { loadStrict, readCheckpoint } from '@cupel/graph/checkpoint'
import { crops } from './crops.js'
import { hyperNetwork } from './network.js'

const options = z.object({
  size: z
    .enum(['native', 'official'])
    .default('native')
    .describe('crop from the image at its own size, or resized to 512 rows of 384, as the authors do'),
  grid: z
    .int()
    .min(1)
    .max(8)
    .default(2)
    .describe('crops along each side, from border to border; one alone is in the middle'),
})

/** The published checkpoint. */
export const checkpoint = {
  file: 'koniq_pretrained.pkl',
  instructions: 'open https://drive.google.com/file/d/1OOUmnbvpGea0LIGpIWEbOyxfWx6UCiiE/view in a browser',
  licence: 'MIT',
  citation: 'Su et al., HyperIQA, CVPR 2020, https://github.com/SSL92/hyperIQA',
}

/** Higher is better; about 0 to 100. */
export const hyperiqa = defineMetric({
  name: 'hyperiqa',
  summary: 'a quality network whose weights ResNet-50 features make for each crop, trained on KonIQ-10k',
  paper: 'Su et al., Blindly assess image quality in the wild guided by a self-adaptive hyper network, CVPR 2020',
  options,
  variants: { 'hyperiqa-official': { size: 'official', grid: 3 } },
  aliases: { 'hyper-iqa': 'hyperiqa' },
  better: 'higher',
  range: [25.9, 84.5],
  gradient: 'exact',
  weights: { network: checkpoint },
  async create({ size, grid }, { device, weights }) {
    const state = await loadStrict(await readCheckpoint(await weights('network')), hyperNetwork.shapes)
    const net = network(
      (g, image) => {
        const fed = size === 'official' ? resized(image, [512, 384]) : image
        return hyperNetwork(standardised(crops(fed, grid)), g.parameters(state)).mean()
      },
      { device },
    )
    return { ...net, gradient: async (image) => ({ ...(await net.gradient(image)), kind: 'exact' }) }
  },
})

export default hyperiqa
