import { type Image, imageOf, quantised } from '../image.js'
import { createRandom } from '../random.js'

/** The sides of a test image. */
export type Size = readonly [width: number, height: number]

/** The sizes that a plugin is tried at: small, odd and larger, none below what it accepts and none of them square if it can be helped. */
export const sizes = (least: number): { readonly small: Size; readonly odd: Size; readonly large: Size } => ({
  small: [Math.max(64, least), Math.max(48, least)],
  odd: [Math.max(223, (least + 6) | 1), Math.max(161, least | 1)],
  large: [Math.max(320, least), Math.max(240, least)],
})

const made = new Map<string, Image>()

/**
 * A synthetic photograph: slow shading, waves, a disc with an edge, and texture; values within 0.1..0.9 on the 8-bit grid.
 * It is a function of its arguments alone.
 */
export function photograph([width, height]: Size, seed = 0): Image {
  const key = `${width} ${height} ${seed}`
  let image = made.get(key)
  if (!image) {
    const random = createRandom('photograph').fork(seed)
    const phase = 2 * Math.PI * random.fork('phase').uniform()
    const texture = random.fork('texture').uniforms(3 * width * height)
    image = quantised(
      imageOf(width, height, (i) => {
        const channel = Math.floor(i / (width * height))
        const u = (i % width) / width
        const v = (Math.floor(i / width) % height) / height
        const shading = 0.2 * Math.sin(2 * Math.PI * (0.7 * u + 0.4 * v) + phase + 0.8 * channel)
        const waves = 0.07 * Math.cos(2 * Math.PI * (5 * u - 3 * v) + phase + channel)
        const disc = (u - 0.6) ** 2 + (v - 0.4) ** 2 < 0.05 ? [0.1, -0.06, 0.04][channel]! : 0
        return Math.min(0.9, Math.max(0.1, 0.5 + shading + waves + disc + 0.12 * (texture[i]! - 0.5)))
      }),
    )
    made.set(key, image)
  }
  // A copy, so that a plugin that writes into its input cannot spoil the next test.
  return { width, height, data: image.data.slice() }
}

/** {@link photograph} off the 8-bit grid, so that no two values of it are the same and derivatives exist almost everywhere. */
export function dithered(size: Size, seed = 0): Image {
  const image = photograph(size, seed)
  const shift = createRandom('dither').fork(seed).uniforms(image.data.length)
  return { ...image, data: image.data.map((value, i) => value + (shift[i]! - 0.5) / 255) }
}

/** An image of one colour, where deviations and their derivatives are zero. */
export const flat = ([width, height]: Size, value: number): Image => imageOf(width, height, () => value)

/** Whether two arrays hold the same bits. */
export const sameBits = (a: Float32Array, b: Float32Array): boolean =>
  Buffer.compare(
    Buffer.from(a.buffer, a.byteOffset, a.byteLength),
    Buffer.from(b.buffer, b.byteOffset, b.byteLength),
  ) === 0
