import type { Image } from '@cupel/core'
import { asymmetricFit, cropped, gamma, gray, halved, normalised, type Plane } from '@cupel/scene-statistics'

/** Side of a block at full size, in pixels. */
const side = 96

/** Circular shifts (down, right) within a block whose products are fitted. */
const shifts: readonly (readonly [number, number])[] = [
  [0, 1],
  [1, 0],
  [1, 1],
  [1, -1],
]

/** Products of every value of a block and the one that stands before it by `down` rows and `right` columns, round the border. */
function products({ width, height, data }: Plane, [down, right]: readonly [number, number]): Float64Array {
  const out = new Float64Array(data.length)
  for (let y = 0; y < height; y++) {
    const before = ((y - down + height) % height) * width
    for (let x = 0; x < width; x++) {
      out[y * width + x] = data[y * width + x]! * data[before + ((x - right + width) % width)]!
    }
  }
  return out
}

/** Shape, mean and the scales of both sides of a block's values. */
function parameters(values: Float64Array): [alpha: number, mean: number, left: number, right: number] | undefined {
  const fit = asymmetricFit(values)
  if (!fit) return undefined
  const { alpha } = fit
  const scale = Math.sqrt(gamma(1 / alpha) / gamma(3 / alpha))
  const [left, right] = [fit.left * scale, fit.right * scale]
  return [alpha, ((right - left) * gamma(2 / alpha)) / gamma(1 / alpha), left, right]
}

/** The 18 features of a block of MSCN coefficients; undefined for a flat one, which has no distribution to fit. */
function blockFeatures(block: Plane): number[] | undefined {
  const own = parameters(block.data)
  const neighbours = shifts.map((shift) => parameters(products(block, shift)))
  if (!own || !neighbours.every((found) => found !== undefined)) return undefined
  const [alpha, , left, right] = own
  return [alpha, (left + right) / 2, ...neighbours.flat()]
}

/** What a block of an image tells. */
export interface Block {
  /** 18 features at full size, 18 at half. */
  readonly features: readonly number[]
  /** Mean local deviation at full size, in 8-bit levels. */
  readonly sharpness: number
}

/**
 * Features of the blocks of an image that are not flat, row by row. Pixels right of and below the last whole block are left out.
 * A side shorter than a block makes the blocks as long as that side.
 */
export function blocks(image: Image): Block[] {
  const even = (length: number) => length - (length % 2)
  const [width, height] = [Math.min(side, even(image.width)), Math.min(side, even(image.height))]
  const [columns, rows] = [Math.floor(image.width / width), Math.floor(image.height / height)]
  const full = cropped(gray(image), 0, 0, columns * width, rows * height)
  const scales = [full, halved(full)].map((plane) => normalised(plane))
  return Array.from({ length: rows * columns }, (_, i) => {
    const [column, row] = [i % columns, Math.floor(i / columns)]
    const cut = (plane: Plane, scale: number) =>
      cropped(plane, (column * width) / scale, (row * height) / scale, width / scale, height / scale)
    const features = scales.map(({ coefficients }, scale) => blockFeatures(cut(coefficients, scale + 1)))
    if (!features.every((found) => found !== undefined)) return undefined
    const deviations = cut(scales[0]!.deviation, 1).data
    return { features: features.flat(), sharpness: deviations.reduce((a, b) => a + b) / deviations.length }
  }).filter((block) => block !== undefined)
}
