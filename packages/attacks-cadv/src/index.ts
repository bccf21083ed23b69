/**
 * cAdv: changes the colours (a, b of L*a*b*) at hints and spreads them over what is near and alike, the lightness staying
 * as it is; gradient descent on L_adv over the hints' colours.
 *
 * Bhattad, Chong, Liang, Li, Forsyth, "Unrestricted adversarial examples via semantic manipulation", ICLR 2020,
 * arXiv:1904.06347.
 * Differs from the reference in how hints spread: through weights that fall off with distance and
 * difference of colour instead of a colourisation network, so that it needs no weights; in many hints that each reach a
 * few pixels, where fifty steer a network that fills in the rest (`cadv-50hints`); and in drawing them from the most
 * frequent clusters of colour, where the reference takes those that the network is surest of.
 */
import { defineAttack, type Image, z } from '@cupel/core'
import { adam, adversarial, concluded, descend, iterations } from '@cupel/descent'
import { hintPixels, labPlanes, type Spread, spreadOf, weightsOf } from './hints.js'
import { type Colour, colourOf } from './lab.js'

const options = z.object({
  lr: z.number().min(0).max(100).default(4).describe('learning rate of Adam, in units of a and b (about -100 .. 100)'),
  steps: iterations().default(10).describe('iterations'),
  hints: z.int().min(1).max(65_535).default(20_000).describe('points whose colours are changed'),
  clusters: z.int().min(1).max(64).default(8).describe('clusters of colour'),
  used: z.int().min(1).max(64).default(4).describe('clusters that hints are drawn from: the most frequent'),
  reach: z
    .number()
    .min(1e-6)
    .max(1)
    .default(0.005)
    .describe('how far a hint spreads: standard deviation as a share of the longer side'),
  tone: z
    .number()
    .min(1e-3)
    .max(1000)
    .default(20)
    .describe('how unlike a colour it spreads to: standard deviation in L*a*b*'),
})

/** Calls `visit` with every pixel that a hint reaches and its colour, a and b moved by the weighted changes `delta`. */
function eachColour(
  lab: Float32Array,
  spread: Spread,
  delta: Float32Array,
  visit: (i: number, colour: Colour) => void,
): void {
  const area = lab.length / 3
  for (let i = 0; i < area; i++) {
    if (spread.first[i] === spread.first[i + 1]) continue
    let [a, b] = [lab[area + i]!, lab[2 * area + i]!]
    for (let n = spread.first[i]!; n < spread.first[i + 1]!; n++) {
      a += spread.weight[n]! * delta[2 * spread.hint[n]!]!
      b += spread.weight[n]! * delta[2 * spread.hint[n]! + 1]!
    }
    visit(i, colourOf(lab[i]!, a, b))
  }
}

/**
 * The image with its hints' colours moved by `delta`: a and b of each hint. Pixels that no hint reaches stay as they
 * are.
 */
export function recoloured(x: Image, lab: Float32Array, spread: Spread, delta: Float32Array): Image {
  const area = x.width * x.height
  const data = x.data.slice()
  eachColour(lab, spread, delta, (i, { rgb }) => {
    for (let c = 0; c < 3; c++) data[c * area + i] = rgb[c]!
  })
  return { width: x.width, height: x.height, data }
}

/** Carries a gradient with respect to {@link recoloured} back to the hints' colours. */
export function toHints(lab: Float32Array, spread: Spread, delta: Float32Array, gradient: Float32Array): Float32Array {
  const area = lab.length / 3
  const out = new Float64Array(delta.length)
  eachColour(lab, spread, delta, (i, { byA, byB }) => {
    let [a, b] = [0, 0]
    for (let c = 0; c < 3; c++) {
      a += gradient[c * area + i]! * byA[c]!
      b += gradient[c * area + i]! * byB[c]!
    }
    for (let n = spread.first[i]!; n < spread.first[i + 1]!; n++) {
      const at = 2 * spread.hint[n]!
      out[at] = out[at]! + spread.weight[n]! * a
      out[at + 1] = out[at + 1]! + spread.weight[n]! * b
    }
  })
  return Float32Array.from(out)
}

/** delta <- Adam(delta, grad L_adv(x'_delta)), delta the changes of a and b at the hints, from 0. */
export const cadv = defineAttack({
  name: 'cadv',
  summary: 'changes colours at hints and spreads them over what is alike',
  paper: 'Bhattad et al., Unrestricted adversarial examples via semantic manipulation, ICLR 2020, arXiv:1904.06347',
  options,
  variants: { 'cadv-50hints': { hints: 50, reach: 0.1, lr: 1 } },
  needs: 'gradient',
  random: true,
  knob: { option: 'lr', measure: 'ssim', range: [0.05, 10] },
  create: ({ lr, steps, hints, clusters, used, reach, tone }) => ({
    async run(x, target, context) {
      // Refuses what is too large before there is work in it.
      weightsOf(x, hints, reach)
      const lab = labPlanes(x)
      const chosen = await hintPixels(lab, hints, clusters, used, context)
      const spread = await spreadOf(lab, x, chosen, { reach, tone }, context.signal)
      const L_adv = adversarial(target)
      const descended = await descend(
        new Float32Array(2 * hints),
        async (delta) => {
          const slope = await L_adv(recoloured(x, lab, spread, delta))
          return { ...slope, gradient: toHints(lab, spread, delta, slope.gradient) }
        },
        { steps, context, optimiser: adam(lr) },
      )
      return concluded(x, descended, (delta) => recoloured(x, lab, spread, delta))
    },
  }),
})

export default cadv
