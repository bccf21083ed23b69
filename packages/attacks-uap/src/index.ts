/**
 * UAP: one perturbation for all images of a metric. A patch is trained on images of their own by Adam, tiled over
 * each of them, and then added, times an amplitude, to any image without asking the metric again.
 *
 * Shumitskaya, Antsiferova, Vatolin, "Universal perturbation attack on differentiable no-reference image- and
 * video-quality metrics", BMVC 2022, arXiv:2211.00366.
 * Differs from the reference in training on single images in an order drawn from the seed, and in twice the epochs (it has
 * many thousand images).
 */
import { type Context, defineAttack, type Image, type Metric, z } from '@cupel/core'
import {
  adam,
  adversarial,
  budget,
  epochs,
  iterations,
  perturbed,
  rate,
  stored,
  trained,
  unmoved,
  untrained,
} from '@cupel/descent'
import { gathered, tiled } from './tile.js'

const options = z.object({
  amplitude: z.number().min(0).max(10).default(0.4).describe('what the trained patch is multiplied by'),
  eps: budget()
    .default(25 / 255)
    .describe('L-infinity bound of the patch, in 0..1 or as k/255; rounded down to the 8-bit grid'),
  size: z.int().min(1).max(4096).default(256).describe('side of the patch in pixels'),
  epochs: iterations().default(10).describe('passes over the training images'),
  lr: rate().default(0.001).describe('learning rate of Adam'),
})

type Options = z.output<typeof options>

/** Patch p <- clip(Adam(p, grad_p L_adv(clip(x + tiled p, 0, 1))), -eps, eps), image after image, epoch after epoch. */
async function train(options: Options, target: Metric, images: AsyncIterable<Image>, context: Context) {
  const { eps, size, lr } = options
  const L_adv = adversarial(target)
  const move = adam(lr)()
  let p = new Float32Array(3 * size * size)
  for await (const x of epochs(images, options.epochs, context)) {
    const { gradient } = await L_adv(perturbed(x, tiled(p, size, x)))
    const step = move(gathered(gradient, size, x))
    p = p.map((value, i) => Math.min(eps, Math.max(-eps, value + step[i]!)))
  }
  return stored(p)
}

/** x' = clip(x + amplitude * tiled p, 0, 1). */
export const uap = defineAttack({
  name: 'uap',
  summary: 'one perturbation for all images, trained for a metric',
  paper: 'Shumitskaya, Antsiferova, Vatolin, Universal perturbation attack on NR metrics, BMVC 2022, arXiv:2211.00366',
  options,
  needs: 'gradient',
  knob: { option: 'amplitude', measure: 'linf', range: [0.04, 1] },
  prepare: (options, _setup, target, images, context) => train(options, target, images, context),
  create({ amplitude, size }, { prepared }) {
    const learnt = trained('uap', prepared, 3 * size * size)
    const p = learnt.map((value) => amplitude * value)
    return { run: async (x) => (untrained(learnt) ? unmoved(x) : perturbed(x, tiled(p, size, x))) }
  },
})

export default uap
