/**
 * JPEG: stores the image as 8-bit JPEG and reads it back.
 *
 * Encoder and decoder are sharp's (libjpeg with mozjpeg's trellis and tables off): the standard's tables scaled by quality, the
 * accurate integer DCT, chroma halved in both directions (4:2:0), as Pillow, OpenCV and torchvision do by default.
 *
 * Guo et al., "Countering adversarial images using input transformations", ICLR 2018; Gushchin et al., arXiv:2404.06957 (2024).
 * Differs from the reference in rounding values to 8 bits where torchvision's wrapper cut them off, and in keeping R, G and B
 * apart where the OpenCV one exchanged R and B.
 */
import { defineDefence, z } from '@cupel/core'
import { diffjpeg } from '@cupel/defences-diffjpeg'
import { recoded } from '@cupel/image'

const options = z.object({
  quality: z.int().min(1).max(100).default(50).describe('as libjpeg counts it; 100 loses least'),
  subsampling: z
    .enum(['4:2:0', '4:4:4'])
    .default('4:2:0')
    .describe('whether chroma is stored at half the resolution (4:2:0) or at full (4:4:4)'),
})

const sweep = [10, 30, 50, 70, 90]

/** The image after JPEG. Its gradient is that of the differentiable JPEG with the same options. */
export const jpeg = defineDefence({
  name: 'jpeg',
  summary: 'stores the image as JPEG (quality 50) and reads it back',
  paper: 'Guo et al., Countering adversarial images using input transformations, ICLR 2018, arXiv:1711.00117',
  options,
  variants: Object.fromEntries(sweep.map((quality) => [`jpeg-q${quality}`, { quality }])),
  gradient: 'surrogate',
  create({ quality, subsampling }) {
    const standIn = diffjpeg({ quality, subsampling })
    return {
      async purify(image) {
        // Huffman tables of its own would make the file smaller and change no pixel.
        const encoder = { quality, chromaSubsampling: subsampling, mozjpeg: false, optimizeCoding: false }
        const decoded = await recoded(image, (pixels) => pixels.jpeg(encoder))
        return { ...decoded, pullback: async (gradient) => (await standIn.purify(image)).pullback!(gradient) }
      },
    }
  },
})

export default jpeg
