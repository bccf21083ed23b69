/**
 * Patch-RS, the patch attack of Sparse-RS: random search for the content of a square patch and for its place. Three
 * iterations of four recolour a square inside the patch, the fourth moves the patch; the squares and the moves shrink
 * as the queries are spent.
 *
 * Croce, Andriushchenko, Singh, Flammarion, Hein, "Sparse-RS: a versatile framework for query-efficient sparse
 * black-box adversarial attacks", AAAI 2022, arXiv:2006.12834.
 * Differs from the authors' code in starting from random pixels, where it starts from random vertical stripes; in
 * moving the patch in every fourth iteration, where it does in every fifth and after 1,000 ever more rarely; in halving
 * the share nine times as the Square attack does, where it stops at 1/128; and in rounding an area that is no square
 * down to one, where it rounds up.
 */
import { type Context, defineAttack, type Image, z } from '@cupel/core'
import { halved, oracle, queries, randomSearch } from '@cupel/descent'

const options = z.object({
  pixels: z.int().min(0).max(1_000_000).default(169).describe('area of the patch, rounded down to a square'),
  queries: queries().default(10_000).describe('scores that may be asked for'),
  p: z.number().positive().max(1).default(0.8).describe('share of the patch that is recoloured at first'),
})

/** A patch of `side` pixels whose upper left corner lies at (left, top); three planes of values 0 or 1. */
interface Patch {
  readonly side: number
  readonly left: number
  readonly top: number
  readonly values: Float32Array
}

const bits = (draws: Float64Array): Float32Array => Float32Array.from(draws, (u) => (u < 0.5 ? 0 : 1))

/** The image with the patch on it. */
export function patched(x: Image, { side, left, top, values }: Patch): Image {
  const data = x.data.slice()
  for (let row = 0; row < 3 * side; row++) {
    const [c, y] = [Math.floor(row / side), top + (row % side)]
    data.set(values.subarray(row * side, (row + 1) * side), (c * x.height + y) * x.width + left)
  }
  return { width: x.width, height: x.height, data }
}

/** The patch with a random square of `size` pixels in one random corner colour of the RGB cube. */
export function recoloured(patch: Patch, size: number, random: Context['random']): Patch {
  const { side } = patch
  const [top, left] = ['top', 'left'].map((label) => random.fork(label).integer(side - size + 1)) as [number, number]
  const colour = bits(random.fork('colour').uniforms(3))
  const values = patch.values.slice()
  for (let c = 0; c < 3; c++) {
    for (let y = top; y < top + size; y++) {
      const from = (c * side + y) * side + left
      values.fill(colour[c]!, from, from + size)
    }
  }
  return { ...patch, values }
}

/** The patch moved by at most `shift` pixels along each axis, inside the image. */
export function moved(patch: Patch, { width, height }: Image, shift: number, random: Context['random']): Patch {
  const by = (label: string): number => random.fork(label).integer(2 * shift + 1) - shift
  const within = (value: number, most: number): number => Math.min(most, Math.max(0, value))
  const left = within(patch.left + by('left'), width - patch.side)
  return { ...patch, left, top: within(patch.top + by('top'), height - patch.side) }
}

/** z <- z recoloured or moved, if L_adv of the image with the patch z falls. */
export const patchRs = defineAttack({
  name: 'patch-rs',
  summary: 'black-box: random search for a patch and its place',
  paper: 'Croce et al., Sparse-RS, AAAI 2022, arXiv:2006.12834',
  options,
  variants: {
    'patch-rs-1000': { queries: 1000 },
    'patch-rs-64px': { pixels: 64 },
    'patch-rs-225px': { pixels: 225 },
    'patch-rs-625px': { pixels: 625 },
  },
  needs: 'score',
  random: true,
  knob: { option: 'pixels', measure: 'pixels', range: [64, 625], whole: true, budget: true },
  create: ({ pixels, queries, p }) => ({
    async run(x, target, { random, signal }) {
      const side = Math.min(x.width, x.height, Math.floor(Math.sqrt(pixels)))
      if (side === 0) return x
      const start: Patch = {
        side,
        left: random.fork('left').integer(x.width - side + 1),
        top: random.fork('top').integer(x.height - side + 1),
        values: bits(random.fork('values').uniforms(3 * side * side)),
      }
      const best = await randomSearch(
        oracle(target, queries, { signal }),
        [start],
        (patch) => patched(x, patch),
        (patch, t) => {
          const own = random.fork('step', t)
          const shift = Math.floor(0.75 * (1 - t / queries) * Math.min(x.width, x.height))
          if (t % 4 === 0) return moved(patch, x, Math.max(1, shift), own)
          return recoloured(patch, Math.max(1, Math.floor(Math.sqrt(halved(p, t, queries)) * side)), own)
        },
      )
      return patched(x, best)
    },
  }),
})

export default patchRs
