/**
 * NES (grad-est): projected descent along a gradient estimated from scores alone, by antithetic Gaussian probes.
 *
 * Ilyas, Engstrom, Athalye, Lin, "Black-box adversarial attacks with limited queries and information", ICML 2018,
 * arXiv:1804.08598.
 * Differs from the reference in steps that are normalised in tiles of 32 x 32 pixels instead of
 * signs, as the follow-up study has them, and in probes whose values stay within 0..1.
 */
import { type Context, defineAttack, type Image, z } from '@cupel/core'
import {
  box,
  budget,
  type Loss,
  linfBall,
  type Optimiser,
  type Oracle,
  oracle,
  perturb,
  perturbed,
  queries,
} from '@cupel/descent'

const options = z.object({
  eps: budget()
    .default(25 / 255)
    .describe('L-infinity budget, in 0..1 or as k/255; rounded down to the 8-bit grid'),
  queries: queries().default(10_000).describe('scores that may be asked for; each iteration takes 2 n'),
  n: z.int().min(1).max(10_000).default(20).describe('pairs of probes a gradient is estimated from'),
  sigma: z.number().min(1e-6).max(1).default(0.001).describe('standard deviation of the probes'),
  step: z.number().positive().max(100).default(0.1).describe('L2 length of the step of a tile'),
  tile: z.int().min(1).max(4096).default(32).describe('side of the tiles in pixels'),
})

/** The move -step g / ||g||_2, in each tile of the image by itself. */
export const tiled =
  (step: number, tile: number, { width, height }: Pick<Image, 'width' | 'height'>): Optimiser =>
  () =>
  (g) => {
    const across = Math.ceil(width / tile)
    const tileOf = (i: number): number =>
      Math.floor((Math.floor(i / width) % height) / tile) * across + Math.floor((i % width) / tile)
    const squares = new Float64Array(across * Math.ceil(height / tile))
    for (const [i, value] of g.entries()) squares[tileOf(i)]! += value * value
    return g.map((value, i) => (-step * value) / (Math.sqrt(squares[tileOf(i)]!) || 1))
  }

/** The loss and its gradient 1 / (2 sigma n) sum_k (L(x' + sigma u_k) - L(x' - sigma u_k)) u_k, from 2 n queries. */
function estimate(asked: Oracle, n: number, sigma: number, { random }: Context): Loss {
  let t = 0
  return async (image) => {
    const gradient = new Float64Array(image.data.length)
    let value = 0
    for (let k = 0; k < n; k++) {
      const u = random.fork('probe', t, k).normals(gradient.length)
      const up = await asked.loss(
        perturbed(
          image,
          u.map((draw) => sigma * draw),
        ),
      )
      const down = await asked.loss(
        perturbed(
          image,
          u.map((draw) => -sigma * draw),
        ),
      )
      const weight = (up - down) / (2 * sigma * n)
      for (let i = 0; i < gradient.length; i++) gradient[i] = gradient[i]! + weight * u[i]!
      value += (up + down) / (2 * n)
    }
    t++
    return { value, gradient: Float32Array.from(gradient) }
  }
}

/** p <- clip(p - step g / ||g||_2, -eps, eps), tile by tile, with g estimated at x' = clip(x + p, 0, 1). */
export const nes = defineAttack({
  name: 'nes',
  summary: 'black-box: gradients estimated from scores by evolution strategies',
  paper:
    'Ilyas et al., Black-box adversarial attacks with limited queries and information, ICML 2018, arXiv:1804.08598',
  options,
  variants: { 'nes-1000': { queries: 1000 } },
  aliases: { 'grad-est': 'nes' },
  needs: 'score',
  random: true,
  knob: { option: 'eps', measure: 'linf', range: [1 / 255, 32 / 255], budget: true },
  create: ({ eps, queries, n, sigma, step, tile }) => ({
    run: (x, target, context) =>
      perturb(x, estimate(oracle(target, queries, context), n, sigma, context), {
        steps: Math.floor(queries / (2 * n)),
        context,
        optimiser: tiled(step, tile, x),
        constraints: [linfBall(eps), box],
      }),
  }),
})

export default nes
