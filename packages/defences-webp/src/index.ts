/**
 * WebP: stores the image as lossy 8-bit WebP and reads it back.
 *
 * Guo et al., "Countering adversarial images using input transformations", ICLR 2018, did so with JPEG.
 * Differs from the reference in the codec; the gradient passes over it (the identity).
 */
import { defineDefence, z } from '@cupel/core'
import { recoded } from '@cupel/image'

const options = z.object({
  quality: z.int().min(1).max(100).default(50).describe('as the encoder counts it; 100 loses least'),
})

const sweep = [10, 30, 50, 70, 90]

/** The image after WebP. */
export const webp = defineDefence({
  name: 'webp',
  summary: 'stores the image as WebP (quality 50) and reads it back',
  paper: 'Guo et al., Countering adversarial images using input transformations, ICLR 2018, arXiv:1711.00117',
  options,
  sizes: 'sides of up to 16,383 pixels, longer refused',
  variants: Object.fromEntries(sweep.map((quality) => [`webp-q${quality}`, { quality }])),
  create: ({ quality }) => ({
    purify: async (image) => recoded(image, (pixels) => pixels.webp({ quality })),
  }),
})

export default webp
