/**
 * MADC: gradient steps within the level set of a full-reference error. The component of the metric's gradient along
 * the gradient of RMSE(x', x) is taken out, so that to first order the score improves at an unchanged error.
 *
 * Wang, Simoncelli, "Maximum differentiation (MAD) competition: a methodology for comparing computational models of
 * perceptual quantities", Journal of Vision 2008.
 * Differs from the reference in that the way back into the error's budget stops at the source instead of stepping
 * over it. There is no variant for the original, which is no attack: it begins at an image that is distorted already
 * and keeps its error exactly, while the error of an attack's source is 0; hence the study's signs of the direction.
 */
import { defineAttack, type Image, z } from '@cupel/core'
import { adversarial, amount, box, type Constraint, iterations, type Loss, perturb, rate, sign } from '@cupel/descent'
import { rmseGradient } from '@cupel/full-reference'

const options = z.object({
  lr: rate().default(0.001).describe('size of a step, of which there are T'),
  steps: iterations().default(8).describe('iterations T'),
  eps: amount()
    .default(10 / 255)
    .describe('budget of the root mean squared error, in 0..1 or as k/255'),
})

const inner = (a: Float32Array, b: Float32Array): number => a.reduce((sum, value, i) => sum + value * b[i]!, 0)

/**
 * d = g2 - (<g1, g2> / <g1, g1>) g1 with g2 = grad L_adv and g1 = grad RMSE(x', x); d = g2 at the source, where g1 =
 * 0.
 */
export function alongLevelSet(g2: Float32Array, g1: Float32Array): Float32Array {
  const share = inner(g1, g2) / (inner(g1, g1) || 1)
  return g2.map((value, i) => value - share * g1[i]!)
}

const projected =
  (x: Image, L_adv: Loss): Loss =>
  async (image) => {
    const slope = await L_adv(image)
    return { ...slope, gradient: alongLevelSet(slope.gradient, rmseGradient(image, x).gradient) }
  }

/** While RMSE > eps: p <- p - 0.0005 sign(grad RMSE), which has the sign of p; no value crosses 0. */
export const withinError =
  (eps: number): Constraint =>
  (p) => {
    while (Math.sqrt(inner(p, p) / p.length) > eps) {
      for (let i = 0; i < p.length; i++) p[i] = p[i]! - Math.sign(p[i]!) * Math.min(0.0005, Math.abs(p[i]!))
    }
  }

/** x' <- x' - lr sign(d), then back within RMSE(x', x) <= eps. */
export const madc = defineAttack({
  name: 'madc',
  summary: 'moves along a level set of the error, as the MAD competition does',
  paper: 'Wang, Simoncelli, Maximum differentiation (MAD) competition, Journal of Vision 8(12), 2008',
  options,
  needs: 'gradient',
  knob: { option: 'lr', measure: 'linf', range: [0.0001, 0.01] },
  create: ({ lr, steps, eps }) => ({
    run: (x, target, context) =>
      perturb(x, projected(x, adversarial(target)), {
        steps,
        context,
        optimiser: sign(lr),
        constraints: [withinError(eps), box],
      }),
  }),
})

export default madc
