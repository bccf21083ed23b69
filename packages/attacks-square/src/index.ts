/**
 * Square attack (L-infinity): random search that sets a square of the perturbation to plus or minus eps in each
 * channel, and keeps it if the score improves. It starts from vertical stripes of plus and minus eps; the squares
 * shrink as the queries are spent.
 *
 * Andriushchenko, Croce, Flammarion, Hein, "Square attack: a query-efficient black-box adversarial attack via random
 * search", ECCV 2020, arXiv:1912.00049.
 * Differs from the reference in starting from the image itself where the stripes make the score worse, which they
 * often do to a metric that sees noise; the follow-up study's copy has no stripes at all and draws its squares in the
 * top left 256 x 256 pixels.
 */
import { type Context, defineAttack, type Image, z } from '@cupel/core'
import { budget, halved, oracle, perturbed, queries, randomSearch } from '@cupel/descent'

const options = z.object({
  eps: budget()
    .default(25 / 255)
    .describe('L-infinity budget, in 0..1 or as k/255; rounded down to the 8-bit grid'),
  queries: queries().default(10_000).describe('scores that may be asked for'),
  p: z.number().positive().max(1).default(0.05).describe('share of the pixels that a square covers at first'),
})

const signs = (draws: Float64Array, eps: number): Float32Array =>
  Float32Array.from(draws, (u) => (u < 0.5 ? -eps : eps))

/** Every column of every channel plus or minus eps. */
function stripes({ width, height }: Image, eps: number, { random }: Context): Float32Array {
  const columns = signs(random.fork('stripes').uniforms(3 * width), eps)
  const area = width * height
  return Float32Array.from({ length: 3 * area }, (_, i) => columns[Math.floor(i / area) * width + (i % width)]!)
}

/** The perturbation with one random square of `side` pixels set to plus or minus eps in each channel, not as it was. */
export function withSquare(
  p: Float32Array,
  { width, height }: Image,
  side: number,
  eps: number,
  random: Context['random'],
): Float32Array {
  const top = random.fork('top').integer(height - side + 1)
  const left = random.fork('left').integer(width - side + 1)
  const out = p.slice()
  // A square that finds its own colours already there would waste a query: it is coloured anew, a few times at most.
  for (let attempt = 0, same = true; same && attempt < 16; attempt++) {
    const colour = signs(random.fork('colour', attempt).uniforms(3), eps)
    for (let c = 0; c < 3; c++) {
      for (let y = top; y < top + side; y++) {
        const from = (c * height + y) * width + left
        for (let i = from; i < from + side; i++) {
          if (p[i] !== colour[c]) same = false
          out[i] = colour[c]!
        }
      }
    }
  }
  return out
}

/** p <- p with a square of it set anew, if L_adv(clip(x + p, 0, 1)) falls. */
export const square = defineAttack({
  name: 'square',
  summary: 'black-box: random search with squares',
  paper: 'Andriushchenko et al., Square attack, ECCV 2020, arXiv:1912.00049',
  options,
  variants: { 'square-1000': { queries: 1000 } },
  aliases: { 'square-attack': 'square' },
  needs: 'score',
  random: true,
  knob: { option: 'eps', measure: 'linf', range: [1 / 255, 32 / 255], budget: true },
  create: ({ eps, queries, p: share }) => ({
    async run(x, target, context) {
      const area = x.width * x.height
      const largest = Math.min(x.width, x.height)
      const best = await randomSearch(
        oracle(target, queries, context),
        [new Float32Array(x.data.length), stripes(x, eps, context)],
        (p) => perturbed(x, p),
        (p, t) => {
          const side = Math.round(Math.sqrt(halved(share, t, queries) * area))
          return withSquare(p, x, Math.min(largest, Math.max(1, side)), eps, context.random.fork('square', t))
        },
      )
      return perturbed(x, best)
    },
  }),
})

export default square
