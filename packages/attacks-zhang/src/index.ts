/**
 * Zhang et al.: Adam on the pixels, the change of the score against a perceptual distance D to the source: SSIM,
 * LPIPS or DISTS.
 *
 * Zhang, Li, Min, Zhai, Guo, Yang, Ma, "Perceptual attacks of no-reference image quality models with
 * human-in-the-loop", NeurIPS 2022, arXiv:2210.00933.
 * Differs from the reference in the loss, which is the study's D(x', x) - s f(x') / r from x' = x in T = 10 steps.
 * `zhang-original` has the original's: the squared change of the score, the gradient normalised, from a random start
 * in 200 steps, with the lambda of the authors' code out of those they sweep. It differs in improving the score where
 * the original lets the start decide on the direction, in scaling the metric's range to 0..10 where the original fits
 * a logistic to opinions, in keeping Adam's moments, which the authors' code forgets at every step, and in a start
 * drawn uniformly from -1/255..1/255, which is -1/255 or 0 there. That code rounds the result to 8 bits, as the runner
 * does with every attacked image.
 */
import { type Context, defineAttack, type Image, type Metric, z } from '@cupel/core'
import { adam, adversarial, amount, box, iterations, perturb, rate, uniformStart, weighted } from '@cupel/descent'
import { openPenalty, type Penalty, weightsOf } from './penalty.js'
import { squaredChange, unit } from './squared.js'

const options = z
  .object({
    proxy: z
      .enum(['ssim', 'lpips', 'dists'])
      .default('ssim')
      .describe('the perceptual distance D: 1 - SSIM (11 x 11 Gaussian), LPIPS (VGG), DISTS'),
    change: z
      .enum(['linear', 'squared'])
      .default('linear')
      .describe("what D is weighed against: the score, or its squared change and steps of the gradient's direction"),
    lambda: z.number().min(0).max(1e7).default(1).describe('weight of D'),
    start: amount()
      .default(0)
      .describe('L-infinity of the random start, in 0..1 or as k/255; 0, which squared refuses, starts at the image'),
    lr: rate().default(0.005).describe('learning rate of Adam'),
    steps: iterations().default(10).describe('iterations T'),
  })
  .refine(
    ({ change, start }) => change === 'linear' || start > 0,
    "a start above 0 with change: 'squared', such as 1/255: at the image nothing has a slope, and the steps would follow rounding errors",
  )

/** x' <- clip(Adam(x', grad(lambda D(x', x) + L(x'))), 0, 1), L the study's L_adv or the original's squared change. */
export async function attacked(
  x: Image,
  target: Metric,
  D: Penalty,
  { change, lambda, start, lr, steps }: Omit<z.output<typeof options>, 'proxy'>,
  context: Context,
) {
  const L = change === 'linear' ? adversarial(target) : await squaredChange(target, x)
  const loss = weighted([1, L], [lambda, D.to(x)])
  return perturb(x, change === 'linear' ? loss : unit(loss), {
    steps,
    context,
    start: uniformStart(start, x, context),
    optimiser: adam(lr),
    constraints: [box],
  })
}

export const zhang = defineAttack({
  name: 'zhang',
  summary: 'improves the score under a perceptual penalty: SSIM, LPIPS or DISTS',
  paper: 'Zhang et al., Perceptual attacks of NR-IQA models with human-in-the-loop, NeurIPS 2022, arXiv:2210.00933',
  options,
  variants: {
    'zhang-ssim': { proxy: 'ssim' },
    'zhang-lpips': { proxy: 'lpips' },
    'zhang-dists': { proxy: 'dists' },
    'zhang-original': { change: 'squared', lambda: 5000, start: 1 / 255, steps: 200 },
  },
  defaults: ['zhang-ssim', 'zhang-lpips', 'zhang-dists'],
  aliases: { 'zhang-et-al-ssim': 'zhang-ssim', 'zhang-et-al-lpips': 'zhang-lpips', 'zhang-et-al-dists': 'zhang-dists' },
  needs: 'gradient',
  random: ({ start }) => start > 0,
  weights: ({ proxy }) => weightsOf(proxy),
  // Four halvings by VGG's pools have to leave a pixel.
  minimumSize: ({ proxy }) => (proxy === 'lpips' ? 16 : 1),
  knob: { option: 'lr', measure: 'linf', range: [0.0001, 0.02] },
  async create(options, setup) {
    const D = await openPenalty(options.proxy, setup)
    return {
      run: (x, target, context) => attacked(x, target, D, options, context),
      dispose: async () => D.dispose?.(),
    }
  },
})

export default zhang
