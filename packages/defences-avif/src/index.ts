/**
 * AVIF: stores the image as lossy 8-bit AVIF and reads it back.
 *
 * Guo et al., "Countering adversarial images using input transformations", ICLR 2018, did so with JPEG.
 * Differs from the reference in the codec; the gradient passes over it (the identity).
 */
import { defineDefence, z } from '@cupel/core'
import { recoded } from '@cupel/image'

const options = z.object({
  quality: z.int().min(1).max(100).default(50).describe('as the encoder counts it; 100 loses least'),
  effort: z
    .int()
    .min(0)
    .max(9)
    .default(0)
    .describe(
      'how long the encoder looks for fewer bytes, which are of no use here: 4 takes a hundred times as long as 0',
    ),
})

const sweep = [10, 30, 50, 70, 90]

/** The image after AVIF. */
export const avif = defineDefence({
  name: 'avif',
  summary: 'stores the image as AVIF (quality 50) and reads it back',
  paper: 'Guo et al., Countering adversarial images using input transformations, ICLR 2018, arXiv:1711.00117',
  options,
  sizes: 'sides of up to 16,384 pixels, longer refused',
  variants: Object.fromEntries(sweep.map((quality) => [`avif-q${quality}`, { quality }])),
  create: (encoder) => ({
    purify: async (image) => recoded(image, (pixels) => pixels.avif(encoder)),
  }),
})

export default avif
