import { clamped, defineDefence, imageOf, resize, resizeAdjoint, toBytes, z } from '@cupel/core'

/** Half size and back: linear, keeps the size. */
export const coarse = defineDefence({
  name: 'coarse',
  summary: 'smaller by a factor and back, bilinear',
  gradient: 'exact',
  options: z.object({ factor: z.number().min(1).default(2).describe('how much smaller') }),
  variants: { 'coarse-3': { factor: 3 } },
  create: ({ factor }) => ({
    async purify(image) {
      const { width, height } = image
      const less = { width: Math.ceil(width / factor), height: Math.ceil(height / factor) }
      const small = resize(image, less)
      return {
        ...clamped(resize(small, image)),
        pullback: async (gradient) => ({
          gradient: resizeAdjoint(resizeAdjoint(gradient, less, { width, height }), image, less),
          kind: 'exact',
        }),
        register: async (original) => original,
      }
    },
  }),
})

/** A curve of every value: smooth and not linear. */
export const gamma = defineDefence({
  name: 'gamma',
  summary: 'a power of every value',
  gradient: 'exact',
  create: () => ({
    async purify(image) {
      return {
        ...image,
        data: image.data.map((value) => value ** 1.3),
        pullback: async (gradient) => ({
          gradient: gradient.map((g, i) => g * 1.3 * image.data[i]! ** 0.3),
          kind: 'exact',
        }),
      }
    },
  }),
})

/** A random crop: linear, changes the size, and its pullback belongs to its draw. */
export const window = defineDefence({
  name: 'window',
  summary: 'a random window of 40 x 40',
  random: true,
  changesSize: true,
  gradient: 'exact',
  create: () => ({
    async purify(image, { random }) {
      const [width, height] = [Math.min(40, image.width), Math.min(40, image.height)]
      const left = random.fork('left').integer(image.width - width + 1)
      const top = random.fork('top').integer(image.height - height + 1)
      const from = (i: number): number => {
        const [x, y, c] = [i % width, Math.floor(i / width) % height, Math.floor(i / (width * height))]
        return (c * image.height + top + y) * image.width + left + x
      }
      return {
        ...imageOf(width, height, (i) => image.data[from(i)]!),
        register: async (original) => imageOf(width, height, (i) => original.data[from(i)]!),
        async pullback(gradient) {
          const whole = new Float32Array(image.data.length)
          gradient.forEach((g, i) => {
            whole[from(i)] = g
          })
          return { gradient: whole, kind: 'exact' }
        },
      }
    },
  }),
})

/** Fewer levels: no useful derivative, so it passes gradients over. */
export const levels = defineDefence({
  name: 'levels',
  summary: 'eight levels a channel',
  gradient: 'identity',
  minimumSize: 2,
  create: () => ({
    async purify(image) {
      toBytes(image)
      return {
        ...image,
        data: image.data.map((value) => Math.round(value * 7) / 7),
        pullback: async (gradient) => ({ gradient, kind: 'identity' }),
      }
    },
  }),
})
