import { type Image, resize } from '@cupel/core'
import { asymmetricFit, gamma, normalised, type Plane } from '@cupel/scene-statistics'

/** Neighbours (down, right) whose products are fitted. */
const neighbours: readonly (readonly [number, number])[] = [
  [0, 1],
  [1, 0],
  [1, 1],
  [-1, 1],
]

/** OpenCV's weights of R, G and B in luminance, in 15 bits. */
const weights = [9798, 19235, 3735] as const

/** The luminance in whole 8-bit levels (0..255), in all three planes. */
function grayImage({ width, height, data }: Image): Image {
  const area = width * height
  const gray = new Float32Array(3 * area)
  for (let i = 0; i < area; i++) {
    const level = (channel: number) => Math.fround(255 * data[i + channel * area]!)
    const sum = weights[0] * level(0) + weights[1] * level(1) + weights[2] * level(2)
    gray[i] = Math.floor(sum / 32768 + 0.5)
  }
  return { width, height, data: gray.copyWithin(area, 0, area).copyWithin(2 * area, 0, area) }
}

/** One plane of a gray image, in double precision. */
const levels = ({ width, height, data }: Image): Plane => ({
  width,
  height,
  data: Float64Array.from(data.subarray(0, width * height)),
})

/** Every value times its neighbour; 0 where that lies outside. */
function products({ width, height, data }: Plane, [down, right]: readonly [number, number]): Float64Array {
  return data.map((value, i) => {
    const [y, x] = [Math.floor(i / width) + down, (i % width) + right]
    return y >= 0 && y < height && x >= 0 && x < width ? value * data[y * width + x]! : 0
  })
}

/** The 18 features of one scale. Where values are not on both sides of zero, there is no distribution and its features are 0. */
function scaleFeatures(plane: Plane): number[] {
  const { coefficients } = normalised(plane)
  const own = asymmetricFit(coefficients.data)
  const fitted = neighbours.flatMap((neighbour) => {
    const fit = asymmetricFit(products(coefficients, neighbour))
    if (!fit) return [0, 0, 0, 0]
    const { alpha, left, right } = fit
    const scale = Math.sqrt(gamma(1 / alpha) / gamma(3 / alpha))
    const mean = ((right - left) * scale * gamma(2 / alpha)) / gamma(1 / alpha)
    return [alpha, mean, left ** 2, right ** 2]
  })
  return [...(own ? [own.alpha, (own.left ** 2 + own.right ** 2) / 2] : [0, 0]), ...fitted]
}

/** The 36 features of an image: those at full and at half size (rounded down, bicubic without antialiasing). */
export function features(image: Image): number[] {
  const full = grayImage(image)
  const [width, height] = [image.width >> 1, image.height >> 1]
  const half = resize(full, { width, height, method: 'bicubic' })
  return [...scaleFeatures(levels(full)), ...scaleFeatures(levels(half))]
}
