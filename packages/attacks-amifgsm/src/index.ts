/**
 * AMI-FGSM: MI-FGSM made for image-quality metrics, T steps of eps / T each and no other bound than 0..1.
 *
 * Sang, Zhang, Liu, Wu, Bovik, "On the generation of adversarial examples for image quality assessment", The Visual
 * Computer 2023.
 * Differs from the reference in eps: three readings are published. The default is that of the public
 * code of the study's benchmark, the same eps for every image; `amifgsm-niqe` (K = 0.5) and `amifgsm-niqe8` (K = 1 /
 * 8) take eps(x) = K / NIQE(x), so that images of better quality may change more, here no more than a cap. NIQE is
 * that of @cupel/metrics-niqe with its own pristine model.
 */
import { defineAttack, type Image, z } from '@cupel/core'
import { adversarial, amount, box, budget, iterations, momentum, perturb, sign } from '@cupel/descent'

const options = z.object({
  bound: z.enum(['fixed', 'niqe']).default('fixed').describe('the sum of all steps: eps, or K / NIQE(x)'),
  eps: budget()
    .default(10 / 255)
    .describe('with bound fixed: 0..1 or k/255; rounded down to the 8-bit grid'),
  K: z.number().min(0).max(100).default(0.5).describe('with bound niqe: what is divided by NIQE(x)'),
  cap: amount()
    .default(32 / 255)
    .describe('with bound niqe: the most that the sum of all steps may be'),
  steps: iterations().default(10).describe('iterations T'),
  nu: z.number().min(0).max(10).default(1).describe('decay of the accumulated gradient'),
  scale: z.enum(['none', 'l1']).default('none').describe('what each gradient is divided by before it is accumulated'),
})

type Options = z.output<typeof options>

/** eps(x) of an opened attack. NIQE is loaded only by those who ask for it. */
async function boundOf({ bound, eps, K, cap }: Options): Promise<(x: Image) => Promise<number>> {
  if (bound === 'fixed') return async () => eps
  const { niqe } = await import('@cupel/metrics-niqe')
  const metric = await niqe.open()
  return async (x) => Math.min(cap, K / Math.max(1e-6, await metric.score(x)))
}

/** m <- nu m + g; x' <- clip(x' - eps(x) / T sign(m), 0, 1), from x' = x. */
export const amifgsm = defineAttack({
  name: 'amifgsm',
  summary: 'MI-FGSM bounded by its steps alone, or by the image through its NIQE',
  paper:
    'Sang et al., On the generation of adversarial examples for image quality assessment, The Visual Computer, 2023',
  options,
  variants: {
    'amifgsm-niqe': { bound: 'niqe' },
    'amifgsm-niqe8': { bound: 'niqe', K: 0.125 },
    'amifgsm-l1': { scale: 'l1' },
  },
  aliases: { 'ami-fgsm': 'amifgsm' },
  needs: 'gradient',
  // NIQE's least.
  minimumSize: ({ bound }) => (bound === 'niqe' ? 16 : 1),
  knob: ({ bound }) =>
    bound === 'niqe'
      ? { option: 'K', measure: 'linf', range: [0.02, 1] }
      : { option: 'eps', measure: 'linf', range: [1 / 255, 32 / 255], budget: true },
  async create(options) {
    const { steps, nu, scale } = options
    const epsOf = await boundOf(options)
    return {
      async run(x, target, context) {
        const eps = await epsOf(x)
        const optimiser = momentum(nu, scale, sign(eps / Math.max(1, steps)))
        const attacked = await perturb(x, adversarial(target), { steps, context, optimiser, constraints: [box] })
        return { ...attacked, notes: { ...attacked.notes, eps } }
      },
    }
  },
})

export default amifgsm
