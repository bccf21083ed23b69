/**
 * Resize: scales both sides by a factor; what is scored is the smaller image.
 *
 * Gushchin et al., "Adversarial purification for no-reference image-quality metrics: applicability study and new methods",
 * arXiv:2404.06957 (2024), where it is the baseline; bilinear without antialiasing, as torchvision's Resize on tensors.
 * Differs from the reference in nothing; new sides are rounded down, as there, and are at least 1.
 */
import { checkOutput, defineDefence, type Image, resize as resample, resizeAdjoint, z } from '@cupel/core'

const options = z.object({
  scale: z.number().positive().max(8).default(0.5).describe('factor of both sides; the new sides are rounded down'),
})

const sweep = [0.1, 0.25, 0.5, 0.75, 0.9]

/** The image at another size: a linear operator. */
export const resize = defineDefence({
  name: 'resize',
  summary: 'scales the image down (by half) and scores the smaller one',
  paper: 'Gushchin et al., Adversarial purification for no-reference image-quality metrics, arXiv:2404.06957, 2024',
  options,
  variants: Object.fromEntries(sweep.map((scale) => [`resize-x${scale}`, { scale }])),
  changesSize: ({ scale }) => scale !== 1,
  gradient: 'exact',
  create: ({ scale }) => ({
    async purify(image) {
      const scaled = (side: number) => Math.max(1, Math.floor(side * scale))
      const to = { width: scaled(image.width), height: scaled(image.height) }
      checkOutput(to.width, to.height, 'resize')
      return {
        ...resample(image, to),
        pullback: async (gradient) => ({ gradient: resizeAdjoint(gradient, image, to), kind: 'exact' }),
        register: async (original: Image) => resample(original, to),
      }
    },
  }),
})

export default resize
