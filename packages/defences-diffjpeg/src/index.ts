/**
 * Differentiable JPEG: colour transform, chroma subsampling, 8 x 8 DCT, quantisation and all of it back, in real numbers.
 * Rounding is the one step without a derivative: it is passed over (straight-through) or softened, round(c) + (c - round(c))^3.
 *
 * Shin & Song, "JPEG-resistant adversarial images", NIPS 2017 workshop; Gushchin et al., arXiv:2408.01541 (2024).
 * Differs from the reference (Lomnitz's DiffJPEG) in following libjpeg, so that it stands in for a real JPEG to within one or
 * two levels (root mean square, photographs): whole-numbered tables, chroma enlarged by the triangle filter instead of repeated.
 */
import { defineDefence, z } from '@cupel/core'
import { clip, clipAdjoint } from '@cupel/filters'
import { dct, idct, throughBlocks, throughBlocksAdjoint } from './blocks.js'
import { grow, growAdjoint, halved, type Sides, shrink, shrinkAdjoint } from './chroma.js'
import { rgbToYcc, rgbToYccAdjoint, yccToRgb, yccToRgbAdjoint } from './colour.js'
import { tables } from './tables.js'

const options = z.object({
  quality: z.int().min(1).max(100).default(50).describe('as libjpeg counts it; 100 loses least'),
  subsampling: z
    .enum(['4:2:0', '4:4:4'])
    .default('4:2:0')
    .describe('whether chroma is kept at half the resolution (4:2:0) or at full (4:4:4)'),
  rounding: z
    .enum(['straight-through', 'cubic'])
    .default('straight-through')
    .describe(
      'straight-through: rounds, with derivative 1; cubic: round(c) + (c - round(c))^3, with its own derivative',
    ),
})

const sweep = [10, 30, 50, 70, 90]

/** The image after a JPEG of real numbers. */
export const diffjpeg = defineDefence({
  name: 'diffjpeg',
  summary: 'differentiable JPEG (quality 50)',
  paper: 'Shin & Song, JPEG-resistant adversarial images, NIPS 2017 workshop on machine learning and computer security',
  options,
  variants: {
    ...Object.fromEntries(sweep.map((quality) => [`diffjpeg-q${quality}`, { quality }])),
    'diffjpeg-cubic': { rounding: 'cubic' },
  },
  gradient: ({ rounding }) => (rounding === 'cubic' ? 'exact' : 'surrogate'),
  create({ quality, subsampling, rounding }) {
    const steps = tables(quality)
    const soft = rounding === 'cubic'

    /** One plane through DCT and quantisation, and the adjoint of its derivative. */
    function coded(plane: Float32Array, sides: Sides, step: Float64Array) {
      const blocks = Math.ceil(sides.width / 8) * Math.ceil(sides.height / 8)
      // With straight-through rounding DCT and inverse cancel, and nothing needs to be remembered.
      const slopes = new Float32Array(soft ? 64 * blocks : 0)
      const values = throughBlocks(plane, sides, (block, index) => {
        dct(block)
        for (let k = 0; k < 64; k++) {
          const c = block[k]! / step[k]!
          const whole = Math.round(c)
          const rest = c - whole
          block[k] = step[k]! * (soft ? whole + rest ** 3 : whole)
          if (soft) slopes[64 * index + k] = 3 * rest * rest
        }
        idct(block)
      })
      const adjoint = (gradient: Float32Array): Float32Array =>
        soft
          ? throughBlocksAdjoint(gradient, sides, (block, index) => {
              dct(block)
              for (let k = 0; k < 64; k++) block[k]! *= slopes[64 * index + k]!
              idct(block)
            })
          : gradient
      return { values, adjoint }
    }

    /** A chroma plane, through its smaller self if it is subsampled. */
    function chroma(plane: Float32Array, sides: Sides) {
      if (subsampling === '4:4:4') return coded(plane, sides, steps.chroma)
      const small = coded(shrink(plane, sides), halved(sides), steps.chroma)
      return {
        values: grow(small.values, sides),
        adjoint: (gradient: Float32Array) => shrinkAdjoint(small.adjoint(growAdjoint(gradient, sides)), sides),
      }
    }

    return {
      async purify({ width, height, data }) {
        const sides = { width, height }
        const [y, cb, cr] = rgbToYcc(data)
        const [luma, blue, red] = [coded(y, sides, steps.luma), chroma(cb, sides), chroma(cr, sides)]
        const decoded = yccToRgb([luma.values, blue.values, red.values])
        return {
          width,
          height,
          data: clip(decoded),
          async pullback(gradient) {
            const [gy, gb, gr] = yccToRgbAdjoint(clipAdjoint(decoded, gradient))
            const ycc = [luma.adjoint(gy), blue.adjoint(gb), red.adjoint(gr)] as const
            return { gradient: rgbToYccAdjoint(ycc), kind: soft ? 'exact' : 'surrogate' }
          },
        }
      },
    }
  },
})

export default diffjpeg
