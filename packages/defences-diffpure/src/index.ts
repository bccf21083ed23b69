/**
 * DiffPure: the image is carried t steps of diffusion towards noise, x_t = sqrt(abar_t) x + sqrt(1 - abar_t) e in -1..1, and a
 * diffusion model walks back from there. Adversarial detail drowns in the noise, what images have in common comes back.
 *
 * Nie, Guo, Huang, Xiao, Vahdat, Anandkumar, "Diffusion models for adversarial purification", ICML 2022, arXiv:2205.07460; ancestral
 * sampling as in Gushchin et al., arXiv:2404.06957 (2024). Differs from the reference in that the noise is fixed by the seed, that the
 * image keeps its size unless asked (`size: '256'` resizes as the study does), and in the prior by default: BF_CNN, a denoiser of
 * 2.7 MB that serves as a score model, where the study has a U-Net of 2.2 GB (`prior: 'adm'`).
 */
import { clamped, defineDefence, type Image, resize, resizeAdjoint, z } from '@cupel/core'
import { ancestral, ddim, linearSchedule, plan, reverseSde, walk } from '@cupel/diffusion'
import { limits, notesOf, openPrior, priors, sizes, sizesOf, weightsOf } from './priors.js'

const fields = z.object({
  t: z.int().min(0).max(1000).default(30).describe('steps of diffusion there and back, of 1000; 0 changes nothing'),
  steps: z.int().min(1).max(1000).default(1000).describe('steps on the way back, evenly spaced; at most t'),
  sampler: z
    .enum(['ddpm', 'ddim', 'sde'])
    .default('ddpm')
    .describe('ancestral sampling, DDIM without noise, or Euler-Maruyama on the reverse-time SDE'),
  prior: z
    .enum(priors)
    .default('bf-cnn')
    .describe(`the model: BF_CNN (t up to ${limits['bf-cnn']}) or the 256x256 U-Net of guided diffusion (2.2 GB)`),
  size: z
    .enum(sizes)
    .default('native')
    .describe('the network sees the image as it is, resized to 256 x 256 and back, or in overlapping tiles'),
  gradient: z
    .enum(['exact', 'identity'])
    .default('exact')
    .describe('through the whole walk with the noise held, or passing it over (BPDA)'),
})

/** Beyond the noise that a prior was trained with nothing is known of what it does. */
const options = fields.superRefine(({ t, prior }, { addIssue }) => {
  if (t <= limits[prior]) return
  addIssue({
    code: 'custom',
    input: t,
    path: ['t'],
    message: `expected at most ${limits[prior]} with the prior ${prior}, which was trained for no more noise; prior: 'adm' takes any`,
  })
})

const samplers = { ddpm: ancestral, ddim, sde: reverseSde }
const schedule = linearSchedule()
const sweep = [5, 10, 20, 30, 50, 100, 150]

/** a · x + b · y + c, element by element. */
const affine = (a: number, x: Float32Array, c: number, b = 0, y = x): Float32Array =>
  x.map((value, i) => a * value + b * y[i]! + c)

/** A random defence; the image keeps its size. Its gradient is exact and costs about three times the purification. */
export const diffpure = defineDefence({
  name: 'diffpure',
  summary: 'adds noise and takes it away with a diffusion model (30 of 1000 steps)',
  paper: 'Nie et al., Diffusion models for adversarial purification, ICML 2022, arXiv:2205.07460',
  options,
  variants: {
    ...Object.fromEntries(sweep.map((t) => [`diffpure-t${t}`, { t }])),
    'diffpure-adm': { prior: 'adm', size: '256' },
  },
  random: ({ t }) => t > 0,
  gradient: ({ gradient }) => (gradient === 'exact' ? 'exact' : undefined),
  sizes: ({ prior, size }) => sizesOf(prior, size),
  weights: ({ prior }) => weightsOf[prior],
  async create({ t, steps, sampler, prior: name, size, gradient: kind }, { device, weights }) {
    const prior = await openPrior(name, size, await weights(name), device)
    const level = schedule.level(t)
    const path = plan(schedule, samplers[sampler], t, steps)
    const framed = (image: Image): Image => (size === '256' ? resize(image, { width: 256, height: 256 }) : image)

    return {
      async purify(image, { random, signal }) {
        const seen = framed(image)
        const noise = random.fork('forward').normals(seen.data.length)
        const noisy = affine(2 * level.signal, seen.data, -level.signal, level.noise, noise)
        const walked = t > 0 ? await walk(prior, path, { ...seen, data: noisy }, random, signal) : undefined
        const found = walked ? { ...seen, data: affine(0.5, walked.data, 0.5) } : seen
        const restored = size === '256' ? resize(found, image) : found
        const { data, width, height } = clamped(restored)
        const noted = walked ? notesOf(name, size, seen) : {}
        if (kind === 'identity') return { width, height, data, ...noted }
        return {
          width,
          height,
          data,
          ...noted,
          async pullback(gradient) {
            let back: Float32Array = gradient.map((g, i) => (restored.data[i] === data[i] ? g : 0))
            if (size === '256') back = resizeAdjoint(back, seen, image)
            // Half from -1..1 to 0..1, and 2 signal on the way in.
            if (walked) back = affine(level.signal, await walked.pullback(back), 0)
            return { gradient: size === '256' ? resizeAdjoint(back, image, seen) : back, kind: 'exact' }
          },
        }
      },
      dispose: () => prior.dispose(),
    }
  },
})

export default diffpure
