/**
 * DISCO: features of the attacked image around each pixel, from which an implicit function tells the pixel's clean colour.
 *
 * Ho, Vasconcelos, "DISCO: adversarial defense with local implicit functions", NeurIPS 2022; the network is LIIF's (Chen, Liu, Wang, CVPR 2021).
 * Differs from the reference in the last row and column. At the size of the image the four neighbours between which it interpolates have
 * the weights 1, 0, 0, 0, so that every pixel is told from its own features; at those two borders its weights are quotients
 * of rounding errors, and here they are as everywhere. It takes images of any size, where the study's wrapper has 299 x 299 only.
 */
import { defineDefence } from '@cupel/core'
import { loadStrict, readCheckpoint } from '@cupel/graph/checkpoint'
import { networkDefence, sizesOf } from '@cupel/network-defence'
import { discoNetwork, reach } from './network.js'
import { designOf } from './specification.js'

/** The encoder's fixed shifts of colours are in the file and take no part. */
const idle = (key: string): boolean => /^encoder\.(sub|add)_mean\./.test(key)

/** The image as it is told from its local features. */
export const disco = defineDefence({
  name: 'disco',
  summary: 'DISCO: every pixel anew, by an implicit function of the features around it',
  paper: 'Ho, Vasconcelos, DISCO: adversarial defense with local implicit functions, NeurIPS 2022, arXiv:2212.05630',
  gradient: 'exact',
  sizes: sizesOf({}),
  weights: {
    network: {
      file: 'disco_pgd.pth',
      url: 'https://titan.gml-team.ru:5003/fsdownload/zBJ7GXlz0/disco_pgd.pth',
      instructions: 'download disco_pgd.pth from https://nextcloud.ispras.ru/index.php/s/4zX2pNcxdTnFMEr',
      licence: 'none stated by its authors; for research on your own machine',
      citation: 'Ho, Vasconcelos, DISCO, NeurIPS 2022',
    },
  },
  async create(_, { device, weights }) {
    const checkpoint = await readCheckpoint(await weights('network'))
    const design = designOf(checkpoint)
    const network = discoNetwork(design)
    const state = await loadStrict(checkpoint.at('model', 'sd'), network.shapes, { ignore: idle })
    return networkDefence((g, image) => network(image, g.parameters(state)), {
      name: 'disco',
      device,
      extent: { reach: reach(design) },
    })
  },
})

export default disco
