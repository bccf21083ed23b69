/**
 * Total-variation minimisation: the image u that minimises |u - x|^2 / 2 + weight TV(u), each channel by itself, by
 * Chambolle's projection of the dual field.
 *
 * Chambolle, "An algorithm for total variation minimization and applications", J. Math. Imaging and Vision 20, 2004; as a defence
 * Guo et al., "Countering adversarial images using input transformations", ICLR 2018.
 * Differs from Guo et al. in keeping all pixels (they drop some at random) and in nothing from scikit-image's denoise_tv_chambolle.
 */
import { defineDefence, z } from '@cupel/core'
import { clip, clipAdjoint } from '@cupel/filters'
import { denoise, denoiseAdjoint } from './chambolle.js'

const options = z.object({
  weight: z.number().positive().max(10).default(0.1).describe('how much total variation costs; more is smoother'),
  tolerance: z
    .number()
    .min(0)
    .max(1)
    .default(2e-4)
    .describe('a channel is done when its energy changes by less than this part of its first energy'),
  iterations: z.int().min(1).max(10000).default(200).describe('at most, for each channel'),
})

const sweep = [0.05, 0.1, 0.2]

/** The image without its small variations. Its derivative goes back through every iteration. */
export const tv = defineDefence({
  name: 'tv',
  summary: 'removes small variations and keeps edges (total-variation minimisation)',
  paper:
    'Chambolle, An algorithm for total variation minimization and applications, Journal of Mathematical Imaging and Vision 20, 2004',
  options,
  variants: Object.fromEntries(sweep.map((weight) => [`tv-${weight}`, { weight }])),
  gradient: 'exact',
  create: (settings) => ({
    async purify({ width, height, data }, { signal }) {
      const area = width * height
      const planes = [0, area, 2 * area].map((start) => data.subarray(start, start + area))
      const out = new Float32Array(data.length)
      const iterations: number[] = []
      for (const [channel, plane] of planes.entries()) {
        const denoised = await denoise(plane, width, settings, signal)
        out.set(denoised.values, channel * area)
        iterations.push(denoised.iterations)
      }
      return {
        width,
        height,
        data: clip(out),
        async pullback(gradient) {
          const inside = clipAdjoint(out, gradient)
          const back = new Float32Array(data.length)
          for (const [channel, plane] of planes.entries()) {
            const own = inside.subarray(channel * area, (channel + 1) * area)
            back.set(
              await denoiseAdjoint(plane, own, width, settings.weight, iterations[channel]!, signal),
              channel * area,
            )
          }
          return { gradient: back, kind: 'exact' }
        },
      }
    },
  }),
})

export default tv
