/**
 * Korhonen and You: Adam on the pixels, the gradient weighted by a map of spatial activity, so that changes fall
 * where they are hard to see.
 *
 * Korhonen, You, "Adversarial attacks against blind image quality assessment models", QoEVMA 2022.
 * Differs from the reference in taking the magnitude of the Sobel gradient; the study's code takes its horizontal
 * component with its sign, which moves some pixels the wrong way (variant `korhonen-signed`). Adam undoes any scale
 * of a pixel's gradient, so the map acts only where it is 0 or meets Adam's epsilon; `korhonen-normalised` lets it act.
 */
import { defineAttack, type Image, z } from '@cupel/core'
import { adam, adversarial, box, iterations, type Loss, normalised, perturb, rate } from '@cupel/descent'
import { activityMap } from './activity.js'

const options = z.object({
  lr: rate().default(0.005).describe('learning rate of Adam; for normalised steps their root mean square'),
  steps: iterations().default(10).describe('iterations T'),
  activity: z
    .enum(['magnitude', 'signed', 'none'])
    .default('magnitude')
    .describe('what weighs the gradient: length of the Sobel gradient, its signed horizontal component, nothing'),
  optimiser: z.enum(['adam', 'normalised']).default('adam').describe('Adam, or steps of the L2-normalised gradient'),
})

/** The gradient of `loss` times A, a value per pixel, in each channel. */
const masked =
  (A: Float32Array, loss: Loss): Loss =>
  async (image) => {
    const slope = await loss(image)
    return { ...slope, gradient: slope.gradient.map((g, i) => g * A[i % A.length]!) }
  }

const mapOf = (x: Image, activity: z.output<typeof options>['activity']): Float32Array =>
  activity === 'none' ? Float32Array.of(1) : activityMap(x, activity)

/** x' <- clip(Adam(x', A grad L_adv), 0, 1). */
export const korhonen = defineAttack({
  name: 'korhonen',
  summary: "gradient steps weighted by the image's spatial activity",
  paper: 'Korhonen, You, Adversarial attacks against blind image quality assessment models, QoEVMA 2022',
  options,
  variants: {
    'korhonen-signed': { activity: 'signed' },
    'korhonen-normalised': { optimiser: 'normalised' },
  },
  aliases: { 'korhonen-et-al': 'korhonen' },
  needs: 'gradient',
  knob: { option: 'lr', measure: 'linf', range: [0.0001, 0.02] },
  create: ({ lr, steps, activity, optimiser }) => ({
    run(x, target, context) {
      const step = optimiser === 'adam' ? adam(lr) : normalised(lr * Math.sqrt(x.data.length))
      const loss = masked(mapOf(x, activity), adversarial(target))
      return perturb(x, loss, { steps, context, optimiser: step, constraints: [box] })
    },
  }),
})

export default korhonen
