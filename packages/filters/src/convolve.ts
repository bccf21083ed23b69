import type { Image } from '@cupel/core'
import { type Border, borderIndex } from './border.js'
import { fitted, type Kernel } from './kernel.js'

export interface Convolution {
  /** Used along rows and along columns. A kernel longer than a side is cut to that side and normalised again. */
  readonly kernel: Kernel
  readonly border: Border
}

/**
 * A weighted sum of lines: out[to + i] = kernel[0] v[at(0) + i] + the sum over d of kernel[d] (v[at(-d) + i] + v[at(d) + i]),
 * two distances at a time. Everything is of one type of array, which is what makes it fast.
 */
function weigh(
  out: Float32Array,
  to: number,
  length: number,
  values: Float32Array,
  kernel: Kernel,
  at: (distance: number) => number,
): void {
  const centre = at(0)
  const own = kernel[0]!
  let done = kernel.length % 2 === 1 ? 2 : 1
  if (kernel.length === 1) for (let i = 0; i < length; i++) out[to + i] = own * values[centre + i]!
  else if (done === 1) {
    const [a, b, near] = [at(-1), at(1), kernel[1]!]
    for (let i = 0; i < length; i++) {
      out[to + i] = own * values[centre + i]! + near * (values[a + i]! + values[b + i]!)
    }
  } else {
    const [a, b, c, e, near, far] = [at(-1), at(1), at(-2), at(2), kernel[1]!, kernel[2]!]
    for (let i = 0; i < length; i++) {
      const pairs = near * (values[a + i]! + values[b + i]!) + far * (values[c + i]! + values[e + i]!)
      out[to + i] = own * values[centre + i]! + pairs
    }
  }
  for (; done + 2 < kernel.length; done += 2) {
    const [a, b, c, e] = [at(-done - 1), at(done + 1), at(-done - 2), at(done + 2)]
    const [near, far] = [kernel[done + 1]!, kernel[done + 2]!]
    for (let i = 0; i < length; i++) {
      const pairs = near * (values[a + i]! + values[b + i]!) + far * (values[c + i]! + values[e + i]!)
      out[to + i] = out[to + i]! + pairs
    }
  }
}

/** {@link weigh} along a line of `length` values and what stands beside it: short windows read every value once. */
function weighLine(out: Float32Array, to: number, length: number, line: Float32Array, kernel: Kernel): void {
  const reach = kernel.length - 1
  const [own, near, far] = [kernel[0]!, kernel[1]!, kernel[2]!]
  let [a, b, c, d] = [line[0]!, line[1]!, line[2]!, line[3]!]
  if (reach === 1) {
    for (let i = 0; i < length; i++) {
      c = line[i + 2]!
      out[to + i] = own * b + near * (a + c)
      a = b
      b = c
    }
  } else if (reach === 2) {
    for (let i = 0; i < length; i++) {
      const e = line[i + 4]!
      out[to + i] = own * c + near * (b + d) + far * (a + e)
      a = b
      b = c
      c = d
      d = e
    }
  } else weigh(out, to, length, line, kernel, (distance) => reach + distance)
}

/**
 * The image convolved with the same symmetric kernel along rows and columns, in single precision. The kernel adds up to 1, so
 * values stay within those of the image.
 */
export function convolve({ width, height, data }: Image, { kernel, border }: Convolution): Image {
  const across = fitted(kernel, width)
  const down = fitted(kernel, height)
  const reach = across.length - 1
  const out = new Float32Array(data.length)
  // One row, already convolved along the columns, with what stands beside it.
  const line = new Float32Array(width + 2 * reach)
  for (let row = 0; row < 3 * height; row++) {
    const y = row % height
    const plane = (row - y) * width
    weigh(line, reach, width, data, down, (d) => plane + borderIndex(y + d, height, border) * width)
    for (let d = 1; d <= reach; d++) {
      line[reach - d] = line[reach + borderIndex(-d, width, border)]!
      line[reach + width - 1 + d] = line[reach + borderIndex(width - 1 + d, width, border)]!
    }
    weighLine(out, row * width, width, line, across)
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
  const out = new Float32Array(gradient.length)
  // A row of the gradient between zeros, wide enough that every place a window reaches is a whole sum.
  const padded = new Float32Array(width + 4 * reach)
  const spread = new Float32Array(width + 2 * reach)
  for (let row = 0; row < 3 * height; row++) {
    padded.set(gradient.subarray(row * width, (row + 1) * width), 2 * reach)
    weighLine(spread, 0, spread.length, padded, across)
    for (let d = 1; d <= reach; d++) {
      spread[reach + borderIndex(-d, width, border)]! += spread[reach - d]!
      spread[reach + borderIndex(width - 1 + d, width, border)]! += spread[reach + width - 1 + d]!
    }
    const y = row % height
    const plane = (row - y) * width
    for (let d = 1 - down.length; d < down.length; d++) {
      const to = plane + borderIndex(y + d, height, border) * width
      const weight = down[Math.abs(d)]!
      for (let x = 0; x < width; x++) out[to + x] = out[to + x]! + weight * spread[reach + x]!
    }
  }
  return out
}
