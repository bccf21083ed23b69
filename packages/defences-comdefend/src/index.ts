/**
 * ComDefend: a network writes an image as 12 bits a pixel, another one reads it back; what the code does not keep is gone.
 *
 * Jia, Wei, Cao, Foroosh, "ComDefend: an efficient image compression model to defend adversarial examples", CVPR 2019.
 * Differs from the reference in running the image whole, where its script cuts it into pieces of 32 x 32 whose borders show, and in
 * adding no noise to the code: that belongs to the training, though the script leaves it on.
 */
import { defineDefence } from '@cupel/core'
import { readCheckpoint } from '@cupel/graph/checkpoint'
import { networkDefence } from '@cupel/network-defence'
import { comdefendNetwork, type Design, official, readHalf } from './network.js'

const file = (name: string) => ({
  file: `comdefend_${name}`,
  url: `https://raw.githubusercontent.com/jiaxiaojunQAQ/Comdefend/91273edffc2385dffce993cb5fed6d13718942d3/checkpoints/${name}`,
  licence: 'none stated by its authors; for research on your own machine',
  citation: 'Jia, Wei, Cao, Foroosh, ComDefend, CVPR 2019',
})

/** A ComDefend of another design than the authors'. */
export const comdefendOf = (design: Design) =>
  defineDefence({
    name: 'comdefend',
    summary: 'ComDefend: the image as a network reads it back from a code of 12 bits a pixel',
    paper: 'Jia et al., ComDefend: an efficient image compression model to defend adversarial examples, CVPR 2019',
    gradient: 'surrogate',
    weights: { encoder: file('enc20_0.0001.npy'), decoder: file('dec20_0.0001.npy') },
    async create(_, { device, weights }) {
      const half = async (name: 'encoder' | 'decoder') =>
        readHalf(await readCheckpoint(await weights(name)), name, design)
      const state = new Map([...(await half('encoder')), ...(await half('decoder'))])
      const network = comdefendNetwork(design)
      return networkDefence((g, image) => network(image, g.parameters(state)), {
        name: 'comdefend',
        device,
        extent: { reach: design.encoder.length + design.decoder.length - 2 },
        kind: 'surrogate',
      })
    },
  })

/** The image after its code; the gradient passes straight through the bits. */
export const comdefend = comdefendOf(official)

export default comdefend
