/**
 * ComDefend: a network writes an image as 12 bits a pixel, another one reads it back; what the code does not keep is gone.
 *
 * Jia, Wei, Cao, Foroosh, "ComDefend: an efficient image compression model to defend adversarial examples", CVPR 2019.
 * Differs from the reference in running the image whole, where its script cuts it into pieces of 32 x 32 whose borders show, and in
 * adding no noise to the code: that belongs to the training, though the script leaves it on.
 */
import { defineDefence } from '@cupel/core'
import { sizesOf } from '@cupel/network-defence'
import { type Design, official } from './network.js'
import { purifier } from './purifier.js'

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
    sizes: sizesOf({}),
    weights: { encoder: file('enc20_0.0001.npy'), decoder: file('dec20_0.0001.npy') },
    async create(_, { device, weights }) {
      const paths = { encoder: await weights('encoder'), decoder: await weights('decoder') }
      return purifier(paths, design, device)
    },
  })

/** The image after its code; the gradient passes straight through the bits. */
export const comdefend = comdefendOf(official)

export default comdefend
