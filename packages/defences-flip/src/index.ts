/**
 * Flip: reverses the columns, the rows, or both (which is a turn by 180 degrees).
 *
 * Gushchin et al., "Adversarial purification for no-reference image-quality metrics: applicability study and new methods",
 * arXiv:2404.06957 (2024).
 * Differs from the reference in nothing: both axes are its default; one axis alone is an option.
 */
import { defineDefence, z } from '@cupel/core'

const options = z.object({
  axes: z
    .enum(['both', 'horizontal', 'vertical'])
    .default('both')
    .describe('what is reversed: the columns (horizontal: left becomes right), the rows (vertical), or both'),
})

/** The image turned over. Linear, an isometry and its own inverse. */
export const flip = defineDefence({
  name: 'flip',
  summary: 'turns the image over: both axes (a turn by 180 degrees), or one',
  paper: 'Gushchin et al., Adversarial purification for no-reference image-quality metrics, arXiv:2404.06957, 2024',
  options,
  variants: { 'flip-horizontal': { axes: 'horizontal' }, 'flip-vertical': { axes: 'vertical' } },
  gradient: 'exact',
  create({ axes }) {
    function turned(data: Float32Array, width: number, height: number): Float32Array {
      const reversed = axes !== 'vertical'
      const out = new Float32Array(data.length)
      for (let row = 0; row < 3 * height; row++) {
        const y = row % height
        const from = axes === 'horizontal' ? row : row - y + (height - 1 - y)
        const line = data.subarray(from * width, (from + 1) * width)
        out.set(line, row * width)
        if (reversed) out.subarray(row * width, (row + 1) * width).reverse()
      }
      return out
    }
    return {
      async purify({ width, height, data }) {
        return {
          width,
          height,
          data: turned(data, width, height),
          pullback: async (gradient) => ({ gradient: turned(gradient, width, height), kind: 'exact' }),
          register: async (original) => ({ ...original, data: turned(original.data, width, height) }),
        }
      },
    }
  },
})

export default flip
