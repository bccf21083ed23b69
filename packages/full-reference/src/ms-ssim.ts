import type { Image } from '@cupel/core'
import { checkSides, type TermGradient } from './comparison.js'
import { type Plane, planes, similarity, similarityGradient } from './ssim.js'

/** Exponents of the scales, finest first, as Wang et al. found them. */
const exponents = [0.0448, 0.2856, 0.3001, 0.2363, 0.1333]

/** Means of 2 x 2 blocks; a side that is odd ends with a block of half the size. */
function halved({ width, height, values }: Plane): Plane {
  const [w, h] = [Math.ceil(width / 2), Math.ceil(height / 2)]
  const out = new Float32Array(w * h)
  for (let y = 0; y < h; y++) {
    const [upper, lower] = [2 * y * width, Math.min(2 * y + 1, height - 1) * width]
    for (let x = 0; x < w; x++) {
      const [left, right] = [2 * x, Math.min(2 * x + 1, width - 1)]
      out[y * w + x] =
        (values[upper + left]! + values[upper + right]! + values[lower + left]! + values[lower + right]!) / 4
    }
  }
  return { width: w, height: h, values: out }
}

/** The adjoint of {@link halved}: carries values at the blocks back to a plane of the given sides. */
function doubled(map: Float64Array, { width, height }: Plane): Float64Array {
  const w = Math.ceil(width / 2)
  const out = new Float64Array(width * height)
  for (const [k, value] of map.entries()) {
    const [left, upper] = [2 * (k % w), 2 * Math.floor(k / w) * width]
    const [right, lower] = [Math.min(left + 1, width - 1), Math.min(upper + width, (height - 1) * width)]
    for (const i of [upper + left, upper + right, lower + left, lower + right]) out[i] = out[i]! + value / 4
  }
  return out
}

/** A plane at all scales, finest first. */
function scales(plane: Plane): Plane[] {
  const all = [plane]
  while (all.length < exponents.length) all.push(halved(all.at(-1)!))
  return all
}

/** Of one channel: what each scale contributes (contrast-structure, at the coarsest the whole index), none below 0. */
const factors = (x: readonly Plane[], y: readonly Plane[]): number[] =>
  x.map((plane, scale) => {
    const { ssim, structure } = similarity(plane, y[scale]!, 'gaussian')
    return Math.max(0, scale === exponents.length - 1 ? ssim : structure)
  })

const product = (found: readonly number[]): number =>
  found.reduce((value, factor, scale) => value * factor ** exponents[scale]!, 1)

/**
 * Multi-scale structural similarity: contrast and structure at five scales, luminance at the coarsest; the mean over
 * the three channels, 1 for equal images. Where an image is shorter than 11 pixels at some scale the window becomes
 * as short (sides below 176 pixels). A factor below 0 counts as 0.
 *
 * Wang, Simoncelli, Bovik, "Multi-scale structural similarity for image quality assessment", Asilomar 2003.
 */
export function msSsim(a: Image, b: Image): number {
  checkSides(a, b)
  const references = planes(b)
  return planes(a).reduce((sum, plane, c) => sum + product(factors(scales(plane), scales(references[c]!))) / 3, 0)
}

/** {@link msSsim} with its derivative with respect to `a`; zero in a channel one of whose factors is 0. */
export function msSsimGradient(a: Image, b: Image): TermGradient {
  checkSides(a, b)
  const references = planes(b)
  const gradient = new Float32Array(a.data.length)
  let value = 0
  for (const [c, plane] of planes(a).entries()) {
    const [x, y] = [scales(plane), scales(references[c]!)]
    const found = factors(x, y)
    const index = product(found)
    value += index / 3
    if (index === 0) continue
    let slope: Float64Array | undefined
    for (let scale = x.length - 1; scale >= 0; scale--) {
      const weight = (index * exponents[scale]!) / found[scale]! / 3
      const whole = scale === x.length - 1
      const weights = { bySsim: whole ? weight : 0, byStructure: whole ? 0 : weight }
      const own = similarityGradient(x[scale]!, y[scale]!, 'gaussian', weights).gradient
      const below = slope && doubled(slope, x[scale]!)
      slope = below ? own.map((part, i) => part + below[i]!) : own
    }
    gradient.set(slope!, c * plane.values.length)
  }
  return { value, gradient }
}
