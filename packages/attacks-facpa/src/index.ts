/**
 * FACPA: a generator network U, trained for one metric on images of their own, writes the perturbation of any image
 * in one pass.
 *
 * Shumitskaya, Antsiferova, Vatolin, "Fast adversarial CNN-based perturbation attack on no-reference image- and
 * video-quality metrics", ICLR Tiny Papers 2023, arXiv:2305.15544.
 * Differs from the reference in a narrower U-Net (16, 32 and 64 channels), in images taken one by one in an order
 * drawn from the seed, in twice the epochs (it has many thousand images), and in training towards better scores
 * whichever way the metric runs (the reference ignores lower-is-better).
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
import { type Generator, generator, startWeights, weightCount } from './generator.js'

const options = z.object({
  amplitude: z.number().min(0).max(10).default(1).describe('what the perturbation is multiplied by'),
  eps: budget()
    .default(10 / 255)
    .describe('L-infinity bound in training, in 0..1 or as k/255; rounded down to the 8-bit grid'),
  channels: z
    .int()
    .min(1)
    .max(256)
    .default(16)
    .describe("channels of the generator's first level; doubled level by level"),
  epochs: iterations().default(10).describe('passes over the training images'),
  lr: rate().default(0.001).describe('learning rate of Adam'),
})

type Options = z.output<typeof options>

const scaled = (u: Float32Array, factor: number): Float32Array => u.map((value) => factor * value)

/** w <- Adam(w, grad_w L_adv(clip(x + eps U_w(x), 0, 1))), image after image, epoch after epoch. */
async function train(U: Generator, options: Options, target: Metric, images: AsyncIterable<Image>, context: Context) {
  const { eps, channels, lr } = options
  const L_adv = adversarial(target)
  const move = adam(lr)()
  let w = startWeights(channels, context.random.fork('weights'))
  let sloped = false
  for await (const x of epochs(images, options.epochs, context)) {
    const { gradient, flat } = await L_adv(perturbed(x, scaled(await U.generate(x, w, context.signal), eps)))
    sloped ||= !flat
    const step = move(await U.toWeights(x, w, scaled(gradient, eps), context.signal))
    w = w.map((value, i) => value + step[i]!)
  }
  // Without a gradient the weights are still those it started from: their noise is no attack.
  return stored(sloped ? w : w.fill(0))
}

/** x' = clip(x + amplitude eps U_w(x), 0, 1). */
export const facpa = defineAttack({
  name: 'facpa',
  summary: 'a generator network, trained for a metric, writes the perturbation in one pass',
  paper:
    'Shumitskaya, Antsiferova, Vatolin, Fast adversarial CNN-based perturbation attack, ICLR Tiny Papers 2023, arXiv:2305.15544',
  options,
  aliases: { 'cnn-attack': 'facpa' },
  needs: 'gradient',
  knob: { option: 'amplitude', measure: 'linf', range: [0.1, 4] },
  async prepare(options, { device }, target, images, context) {
    const U = generator(options.channels, device)
    try {
      return await train(U, options, target, images, context)
    } finally {
      await U.dispose()
    }
  },
  create({ amplitude, eps, channels }, { device, prepared }) {
    const w = trained('facpa', prepared, weightCount(channels))
    const U = generator(channels, device)
    return {
      run: async (x, _target, { signal }) =>
        untrained(w) ? unmoved(x) : perturbed(x, scaled(await U.generate(x, w, signal), amplitude * eps)),
      dispose: () => U.dispose(),
    }
  },
})

export default facpa
