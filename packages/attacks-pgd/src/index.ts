/**
 * PGD: steps of steepest descent projected onto a ball about the image, from a random point of it; the best point
 * visited is kept.
 *
 * Madry, Makelov, Schmidt, Tsipras, Vladu, "Towards deep learning models resistant to adversarial attacks", ICLR 2018,
 * arXiv:1706.06083.
 * Differs from the reference in keeping the best of all points visited, and in measuring the L2 ball's radius as a
 * root mean square change, so that one value means the same at every image size.
 */
import { type Context, defineAttack, type Image, z } from '@cupel/core'
import {
  adversarial,
  amount,
  box,
  budget,
  iterations,
  l2Ball,
  linfBall,
  norm,
  normalised,
  perturb,
  sign,
  uniformStart,
} from '@cupel/descent'

const options = z.object({
  norm: z.enum(['linf', 'l2']).default('linf').describe('the ball: L-infinity of radius eps, or L2 of radius rms'),
  eps: budget()
    .default(10 / 255)
    .describe('L-infinity budget, in 0..1 or as k/255; rounded down to the 8-bit grid'),
  rms: amount()
    .default(5 / 255)
    .describe('L2 budget as a root mean square change, in 0..1 or as k/255'),
  step: z.number().positive().max(2).default(0.25).describe('size of a step as a share of the budget'),
  steps: iterations().default(10).describe('iterations'),
})

/** A point drawn uniformly from the L2 ball. */
function ball(radius: number, { data }: Image, { random }: Context): Float32Array {
  const direction = random.fork('start').normals(data.length)
  const length = radius * random.fork('length').uniform() ** (1 / data.length)
  const scale = length / norm(direction, 2)
  return direction.map((value) => scale * value)
}

/** p <- project(p - alpha d), d the direction of steepest descent in the norm, from p random. */
export const pgd = defineAttack({
  name: 'pgd',
  summary: 'projected gradient descent from a random start, L-infinity or L2',
  paper: 'Madry et al., Towards deep learning models resistant to adversarial attacks, ICLR 2018, arXiv:1706.06083',
  options,
  variants: {
    'pgd-linf2': { eps: 2 / 255 },
    'pgd-linf4': { eps: 4 / 255 },
    'pgd-linf8': { eps: 8 / 255 },
    'pgd-linf16': { eps: 16 / 255 },
    'pgd-l2': { norm: 'l2' },
  },
  needs: 'gradient',
  random: true,
  knob: (options) =>
    options.norm === 'linf'
      ? { option: 'eps', measure: 'linf', range: [1 / 255, 32 / 255], budget: true }
      : { option: 'rms', measure: 'psnr', range: [0.5 / 255, 16 / 255] },
  create: ({ norm, eps, rms, step, steps }) => ({
    run(x, target, context) {
      const radius = rms * Math.sqrt(x.data.length)
      const [start, optimiser, within] =
        norm === 'linf'
          ? [uniformStart(eps, x, context), sign(step * eps), linfBall(eps)]
          : [ball(radius, x, context), normalised(step * radius), l2Ball(radius)]
      return perturb(x, adversarial(target), {
        steps,
        context,
        start,
        optimiser,
        constraints: [box, within],
        keep: 'best',
      })
    },
  }),
})

export default pgd
