import type { Image } from '@cupel/core'
import { type Border, borderIndex } from './border.js'
import { fitted, type Kernel } from './kernel.js'

export interface Convolution {
  /** Used along rows and along columns. A kernel longer than a side is cut to that side and normalised again. */
  readonly kernel: Kernel
  readonly border: Border
}

/** sum[i] = weight * (a[from + i] + b[to + i]) added to what sum holds. */
function addPair(
  sum: Float64Array,
  weight: number,
  values: Float32Array | Float64Array,
  from: number,
  to: number,
  length: number,
): void {
  for (let i = 0; i < length; i++) sum[i] = sum[i]! + weight * (values[from + i]! + values[to + i]!)
}

/**
 * The image convolved with the same symmetric kernel along rows and columns. Sums are made in double precision and rounded
 * to single once. The kernel adds up to 1, so values stay within those of the image.
 */
export function convolve({ width, height, data }: Image, { kernel, border }: Convolution): Image {
  const across = fitted(kernel, width)
  const down = fitted(kernel, height)
  const reach = across.length - 1
  const out = new Float32Array(data.length)
  // One row, already convolved along the columns, with what stands beside it.
  const line = new Float64Array(width + 2 * reach)
  const middle = line.subarray(reach, reach + width)
  const sum = new Float64Array(width)
  for (let row = 0; row < 3 * height; row++) {
    const y = row % height
    const plane = (row - y) * width
    const rowAt = (index: number): number => plane + borderIndex(index, height, border) * width
    for (let x = 0; x < width; x++) middle[x] = down[0]! * data[row * width + x]!
    for (let d = 1; d < down.length; d++) addPair(middle, down[d]!, data, rowAt(y - d), rowAt(y + d), width)
    for (let d = 1; d <= reach; d++) {
      line[reach - d] = middle[borderIndex(-d, width, border)]!
      line[reach + width - 1 + d] = middle[borderIndex(width - 1 + d, width, border)]!
    }
    for (let x = 0; x < width; x++) sum[x] = across[0]! * middle[x]!
    for (let d = 1; d <= reach; d++) addPair(sum, across[d]!, line, reach - d, reach + d, width)
    out.set(sum, row * width)
  }
  return { width, height, data: out }
}

/**
 * The adjoint of {@link convolve}: what each input value contributes to the outputs, weighted by `gradient`. Away from the
 * borders it is the same convolution; beside them what fell on the border is folded back on the pixels that stood there.
 *
 * @param gradient values with respect to the convolved image, laid out as its data
 * @param sides of the image
 */
export function convolveAdjoint(
  gradient: Float32Array,
  { width, height }: { readonly width: number; readonly height: number },
  { kernel, border }: Convolution,
): Float32Array {
  const across = fitted(kernel, width)
  const down = fitted(kernel, height)
  const reach = across.length - 1
  const out = new Float64Array(gradient.length)
  // A row of the gradient between zeros, wide enough that every place a window reaches is a whole sum.
  const padded = new Float64Array(width + 4 * reach)
  const spread = new Float64Array(width + 2 * reach)
  for (let row = 0; row < 3 * height; row++) {
    padded.set(gradient.subarray(row * width, (row + 1) * width), 2 * reach)
    for (let i = 0; i < spread.length; i++) spread[i] = across[0]! * padded[reach + i]!
    for (let d = 1; d <= reach; d++) addPair(spread, across[d]!, padded, reach - d, reach + d, spread.length)
    const middle = spread.subarray(reach, reach + width)
    for (let d = 1; d <= reach; d++) {
      const [left, right] = [borderIndex(-d, width, border), borderIndex(width - 1 + d, width, border)]
      middle[left] = middle[left]! + spread[reach - d]!
      middle[right] = middle[right]! + spread[reach + width - 1 + d]!
    }
    const y = row % height
    const plane = (row - y) * width
    for (let d = 1 - down.length; d < down.length; d++) {
      const to = plane + borderIndex(y + d, height, border) * width
      const weight = down[Math.abs(d)]!
      for (let x = 0; x < width; x++) out[to + x] = out[to + x]! + weight * middle[x]!
    }
  }
  return Float32Array.from(out)
}
