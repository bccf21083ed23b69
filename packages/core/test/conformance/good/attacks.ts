import { clamped, defineAttack, type Image, imageOf, turn, z } from '@cupel/core'

/** Iterative sign steps within an L-infinity ball. */
export const signs = defineAttack({
  name: 'signs',
  summary: 'sign steps along the gradient',
  needs: 'gradient',
  knob: { option: 'step', measure: 'linf', range: [0.1 / 255, 3 / 255] },
  options: z.object({
    step: z
      .number()
      .positive()
      .default(1 / 255)
      .describe('length of a step'),
    steps: z.int().positive().default(10).describe('number of steps'),
  }),
  create: ({ step, steps }) => ({
    async run(image, target, { signal }) {
      const sign = target.better === 'higher' ? 1 : -1
      let attacked = image
      for (let k = 0; k < steps; k++) {
        await turn(signal)
        const { gradient } = await target.gradient!(attacked)
        const from = attacked
        attacked = clamped({
          ...image,
          data: from.data.map((value, i) => value + sign * step * Math.sign(gradient[i]!)),
        })
      }
      return { ...attacked, notes: { steps } }
    },
  }),
})

/** Adam on the pixels with a penalty on their distance: no hard budget. */
export const soft = defineAttack({
  name: 'soft',
  summary: 'Adam with a quadratic penalty',
  needs: 'gradient',
  create: () => ({
    async run(image, target, { signal }) {
      const sign = target.better === 'higher' ? 1 : -1
      const scale = target.range[1] - target.range[0]
      const x = Float64Array.from(image.data)
      const m = new Float64Array(x.length)
      const v = new Float64Array(x.length)
      for (let k = 1; k <= 10; k++) {
        await turn(signal)
        const { gradient } = await target.gradient!(clamped({ ...image, data: Float32Array.from(x) }))
        for (let i = 0; i < x.length; i++) {
          const g = (-sign * gradient[i]!) / scale + 0.1 * (x[i]! - image.data[i]!)
          m[i] = 0.9 * m[i]! + 0.1 * g
          v[i] = 0.999 * v[i]! + 0.001 * g * g
          x[i]! -= (0.001 * (m[i]! / (1 - 0.9 ** k))) / (Math.sqrt(v[i]! / (1 - 0.999 ** k)) + 1e-8)
        }
      }
      return clamped({ ...image, data: Float32Array.from(x) })
    },
  }),
})

/** Gradient ascent on per-channel monotone curves through (0, 0) and (1, 1), as colour-curve attacks do. */
export const curves = defineAttack({
  name: 'curves',
  summary: 'monotone colour curves',
  needs: 'gradient',
  create: () => ({
    async run(image, target, { signal }) {
      const K = 64
      const sign = target.better === 'higher' ? 1 : -1
      const theta = Array.from({ length: 3 }, () => new Float64Array(K).fill(1))
      const area = image.width * image.height
      const piece = (x: number, k: number): number => Math.min(1 / K, Math.max(0, x - k / K)) * K
      const render = (): Image => {
        const sums = theta.map((t) => t.reduce((a, b) => a + b))
        return clamped(
          imageOf(image.width, image.height, (i) => {
            const t = theta[Math.floor(i / area)]!
            let y = 0
            for (let k = 0; k < K; k++) y += t[k]! * piece(image.data[i]!, k)
            return y / sums[Math.floor(i / area)]!
          }),
        )
      }
      for (let n = 0; n < 10; n++) {
        await turn(signal)
        const { gradient } = await target.gradient!(render())
        for (const [c, t] of theta.entries()) {
          const slope = new Float64Array(K)
          const sum = t.reduce((a, b) => a + b)
          for (let i = c * area; i < (c + 1) * area; i++) {
            let y = 0
            for (let k = 0; k < K; k++) y += t[k]! * piece(image.data[i]!, k)
            for (let k = 0; k < K; k++) slope[k]! += (gradient[i]! * (piece(image.data[i]!, k) - y / sum)) / sum
          }
          for (let k = 0; k < K; k++) t[k] = Math.max(0, t[k]! + sign * 0.01 * Math.sign(slope[k]!))
        }
      }
      return render()
    },
  }),
})

/** Random search over squares of one colour shift (Square attack, without its schedule). */
export const squares = defineAttack({
  name: 'squares',
  summary: 'random search over squares',
  needs: 'score',
  random: true,
  knob: { option: 'eps', measure: 'linf', range: [1 / 255, 16 / 255] },
  options: z.object({
    eps: z
      .number()
      .positive()
      .default(8 / 255)
      .describe('budget'),
    queries: z.int().positive().default(500).describe('scores asked for'),
  }),
  create: ({ eps, queries }) => ({
    async run(image, target, { random, signal }) {
      const sign = target.better === 'higher' ? 1 : -1
      const { width, height } = image
      const delta = new Float32Array(image.data.length)
      const columns = random.fork('stripes').uniforms(3 * width)
      for (let i = 0; i < delta.length; i++) {
        delta[i] = columns[(i % width) + width * Math.floor(i / (width * height))]! < 0.5 ? -eps : eps
      }
      const at = (d: Float32Array): Image => clamped({ ...image, data: image.data.map((value, i) => value + d[i]!) })
      let best = sign * (await target.score(at(delta)))
      for (let q = 1; q < queries; q++) {
        await turn(signal)
        const [u, v, w, r, g, b] = random.fork(q).uniforms(6)
        const share = 0.4 * 0.5 ** Math.floor(6 * (q / queries))
        const side = Math.max(1, Math.round(Math.min(width, height) * (0.2 + 0.8 * w!) * share))
        const left = Math.floor(u! * (width - side + 1))
        const top = Math.floor(v! * (height - side + 1))
        const candidate = delta.slice()
        for (const [c, shift] of [r, g, b].entries()) {
          for (let y = top; y < top + side; y++) {
            candidate.fill(
              shift! < 0.5 ? -eps : eps,
              (c * height + y) * width + left,
              (c * height + y) * width + left + side,
            )
          }
        }
        const score = sign * (await target.score(at(candidate)))
        if (score > best) {
          best = score
          delta.set(candidate)
        }
      }
      return { ...at(delta), notes: { queries } }
    },
  }),
})

/** Random search over single pixels set to corners of the colour cube. */
export const dots = defineAttack({
  name: 'dots',
  summary: 'a few pixels of extreme colours',
  needs: 'score',
  random: true,
  knob: { option: 'pixels', measure: 'pixels', range: [1, 100] },
  options: z.object({
    pixels: z.int().positive().default(20).describe('how many pixels change'),
    queries: z.int().positive().default(500).describe('scores asked for'),
  }),
  create: ({ pixels, queries }) => ({
    async run(image, target, { random, signal }) {
      const sign = target.better === 'higher' ? 1 : -1
      const area = image.width * image.height
      const paint = (chosen: readonly number[][]): Image => {
        const data = image.data.slice()
        for (const [p, colour] of chosen) for (let c = 0; c < 3; c++) data[c * area + p!] = (colour! >> c) & 1
        return { ...image, data }
      }
      const draw = (from: typeof random): number[] => [from.fork('p').integer(area), from.fork('c').integer(8)]
      let chosen = Array.from({ length: Math.min(pixels, area) }, (_, k) => draw(random.fork('start', k)))
      let best = sign * (await target.score(paint(chosen)))
      for (let q = 1; q < queries; q++) {
        await turn(signal)
        const candidate = chosen.with(random.fork(q).integer(chosen.length), draw(random.fork('move', q)))
        const score = sign * (await target.score(paint(candidate)))
        if (score > best) {
          best = score
          chosen = candidate
        }
      }
      return paint(chosen)
    },
  }),
})

/** One perturbation learnt from images, then added to any. */
export const universal = defineAttack({
  name: 'universal',
  summary: 'one colour shift for every image, learnt once',
  needs: 'gradient',
  create: (_, { prepared }) => {
    if (!prepared) throw new Error('not prepared')
    const shift = new Float32Array(prepared.slice().buffer)
    return {
      run: async (image) =>
        clamped({
          ...image,
          data: image.data.map((value, i) => value + shift[Math.floor((3 * i) / image.data.length)]!),
        }),
    }
  },
  async prepare(_options, _setup, target, images) {
    const sum = new Float32Array(3)
    for await (const image of images) {
      const { gradient } = await target.gradient!(image)
      gradient.forEach((g, i) => {
        sum[Math.floor((3 * i) / gradient.length)]! += g
      })
    }
    return new Uint8Array(sum.map((s) => 0.03 * Math.sign(s) * (target.better === 'higher' ? 1 : -1)).buffer)
  },
})
