/**
 * Upscale: scales the image down by a factor (bilinear, no antialiasing) and up again to its own size by one of three kernels.
 *
 * Gushchin et al., "Adversarial purification for no-reference image-quality metrics: applicability study and new methods",
 * arXiv:2404.06957 (2024), where the three kernels are three defences.
 * Differs from the reference in going back to the image's own size, where that was one fixed size for all.
 */
import { defineDefence, resize, resizeAdjoint, z } from '@cupel/core'
import { clip, clipAdjoint } from '@cupel/filters'

const options = z.object({
  scale: z
    .number()
    .positive()
    .max(1)
    .default(0.5)
    .describe('factor of both sides on the way down; sides are rounded down'),
  method: z
    .enum(['nearest', 'bilinear', 'bicubic'])
    .default('bilinear')
    .describe('kernel on the way up; bicubic overshoots and is clipped to 0..1'),
})

/** The image at its own size with what a smaller one can hold. Linear, off the clip of bicubic. */
export const upscale = defineDefence({
  name: 'upscale',
  summary: 'scales the image down by half and up again (nearest, bilinear or bicubic)',
  paper: 'Gushchin et al., Adversarial purification for no-reference image-quality metrics, arXiv:2404.06957, 2024',
  options,
  variants: {
    'upscale-nearest': { method: 'nearest' },
    'upscale-bilinear': { method: 'bilinear' },
    'upscale-bicubic': { method: 'bicubic' },
  },
  defaults: ['upscale-nearest', 'upscale-bilinear', 'upscale-bicubic'],
  gradient: 'exact',
  create: ({ scale, method }) => ({
    async purify(image) {
      const { width, height } = image
      const scaled = (side: number) => Math.max(1, Math.floor(side * scale))
      const down = { width: scaled(width), height: scaled(height) }
      const up = { width, height, method }
      const overshoots = method === 'bicubic'
      const { data } = resize(resize(image, down), up)
      return {
        width,
        height,
        data: overshoots ? clip(data) : data,
        async pullback(gradient) {
          const small = resizeAdjoint(overshoots ? clipAdjoint(data, gradient) : gradient, down, up)
          return { gradient: resizeAdjoint(small, image, down), kind: 'exact' }
        },
      }
    },
  }),
})

export default upscale
