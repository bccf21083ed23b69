/**
 * Zhang et al.: Adam on the pixels, the change of the score against a perceptual distance D to the source: SSIM,
 * LPIPS or DISTS.
 *
 * Zhang, Li, Min, Zhai, Guo, Yang, Ma, "Perceptual attacks of no-reference image quality models with
 * human-in-the-loop", NeurIPS 2022, arXiv:2210.00933.
 * Differs from the reference in the loss, which is the study's D(x', x) - s f(x') / r from x' = x in T = 10 steps;
 * the original maximises the squared change of a score mapped to 0..10, minus lambda D, from a random start in 200
 * steps.
 */
import { type Context, defineAttack, type Image, type Metric, z } from '@cupel/core'
import { adam, adversarial, box, iterations, perturb, rate, weighted } from '@cupel/descent'
import { openPenalty, type Penalty, weightsOf } from './penalty.js'

const options = z.object({
  proxy: z
    .enum(['ssim', 'lpips', 'dists'])
    .default('ssim')
    .describe('the perceptual distance D: 1 - SSIM (11 x 11 Gaussian), LPIPS (VGG), DISTS'),
  lambda: z.number().min(0).max(1000).default(1).describe('weight of D'),
  lr: rate().default(0.005).describe('learning rate of Adam'),
  steps: iterations().default(10).describe('iterations T'),
})

/** x' <- clip(Adam(x', grad(lambda D(x', x) + L_adv(x'))), 0, 1), from x' = x. */
export function attacked(
  x: Image,
  target: Metric,
  D: Penalty,
  { lambda, lr, steps }: Pick<z.output<typeof options>, 'lambda' | 'lr' | 'steps'>,
  context: Pick<Context, 'signal'>,
) {
  const loss = weighted([1, adversarial(target)], [lambda, D.to(x)])
  return perturb(x, loss, { steps, context, optimiser: adam(lr), constraints: [box] })
}

export const zhang = defineAttack({
  name: 'zhang',
  summary: 'improves the score under a perceptual penalty: SSIM, LPIPS or DISTS',
  paper: 'Zhang et al., Perceptual attacks of NR-IQA models with human-in-the-loop, NeurIPS 2022, arXiv:2210.00933',
  options,
  variants: { 'zhang-ssim': { proxy: 'ssim' }, 'zhang-lpips': { proxy: 'lpips' }, 'zhang-dists': { proxy: 'dists' } },
  defaults: ['zhang-ssim', 'zhang-lpips', 'zhang-dists'],
  aliases: { 'zhang-et-al-ssim': 'zhang-ssim', 'zhang-et-al-lpips': 'zhang-lpips', 'zhang-et-al-dists': 'zhang-dists' },
  needs: 'gradient',
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
