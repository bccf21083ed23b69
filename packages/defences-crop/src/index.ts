/**
 * Crop: a random square window of the image, every position equally likely; what is scored is the window.
 *
 * Gushchin et al., "Adversarial purification for no-reference image-quality metrics: applicability study and new methods",
 * arXiv:2404.06957 (2024): 256 pixels; its follow-up arXiv:2408.01541: 128.
 * Differs from the reference in drawing its window once, for scoring and for fidelity alike, and from the seed; and in taking the
 * whole side of an image that is smaller than the window, where the reference fails.
 */
import { defineDefence, type Image, z } from '@cupel/core'

const options = z.object({
  size: z
    .int()
    .min(1)
    .default(256)
    .describe('side of the window in pixels; a window larger than the image becomes its side'),
})

const sweep = [32, 64, 128, 256, 288]

/** A window of the image. */
export const crop = defineDefence({
  name: 'crop',
  summary: 'scores a random window of 256 x 256 pixels',
  paper: 'Gushchin et al., Adversarial purification for no-reference image-quality metrics, arXiv:2404.06957, 2024',
  options,
  variants: Object.fromEntries(sweep.map((size) => [`crop-${size}`, { size }])),
  aliases: { 'random-crop': 'crop' },
  random: true,
  changesSize: true,
  gradient: 'exact',
  create: ({ size }) => ({
    async purify(image, { random }) {
      const width = Math.min(size, image.width)
      const height = Math.min(size, image.height)
      const left = random.fork('left').integer(image.width - width + 1)
      const top = random.fork('top').integer(image.height - height + 1)

      /** Calls `copy` with the start of every row of the window: in the image and in the window. */
      function rows(copy: (inImage: number, inWindow: number) => void): void {
        for (let row = 0; row < 3 * height; row++) {
          const plane = Math.floor(row / height)
          copy((plane * image.height + top + (row % height)) * image.width + left, row * width)
        }
      }
      function window({ data }: Image): Image {
        const out = new Float32Array(3 * width * height)
        rows((from, to) => out.set(data.subarray(from, from + width), to))
        return { width, height, data: out }
      }
      return {
        ...window(image),
        async pullback(gradient) {
          const out = new Float32Array(image.data.length)
          rows((to, from) => out.set(gradient.subarray(from, from + width), to))
          return { gradient: out, kind: 'exact' }
        },
        register: async (original) => window(original),
      }
    },
  }),
})

export default crop
