import type { Image } from './image.js'

/** How a resize interpolates: the kernels of torch.nn.functional.interpolate (bicubic with a = -0.75). */
export type Interpolation = 'nearest' | 'bilinear' | 'bicubic'

export interface ResizeOptions {
  readonly width: number
  readonly height: number
  readonly method?: Interpolation
}

/** One output sample as a weighted sum of input samples: `weights[k]` belongs to input `indices[k]`. */
interface Taps {
  readonly count: number
  readonly indices: Int32Array
  readonly weights: Float64Array
}

/** Keys' cubic convolution kernel with a = -0.75. */
function cubic(t: number): number {
  const a = -0.75
  const x = Math.abs(t)
  if (x <= 1) return ((a + 2) * x - (a + 3)) * x * x + 1
  if (x < 2) return (((x - 5) * x + 8) * x - 4) * a
  return 0
}

/** The 1-D operator from `from` samples to `to` samples, half-pixel centres (align_corners False), borders replicated. */
function taps(from: number, to: number, method: Interpolation): Taps {
  const count = { nearest: 1, bilinear: 2, bicubic: 4 }[method]
  const indices = new Int32Array(count * to)
  const weights = new Float64Array(count * to)
  const scale = from / to
  const inside = (i: number): number => Math.min(from - 1, Math.max(0, i))
  for (let o = 0; o < to; o++) {
    if (method === 'nearest') {
      // In single precision, as torch has it: a double would fall on the other side of some whole numbers.
      indices[o] = inside(Math.floor(Math.fround(o * Math.fround(scale))))
      weights[o] = 1
      continue
    }
    const centre = (o + 0.5) * scale - 0.5
    // torch clamps the source coordinate of a bilinear resize at 0 and lets a bicubic one run over the border.
    const position = method === 'bilinear' ? Math.max(0, centre) : centre
    const first = Math.floor(position)
    const t = position - first
    for (let k = 0; k < count; k++) {
      const offset = method === 'bilinear' ? k : k - 1
      indices[count * o + k] = inside(first + offset)
      weights[count * o + k] = method === 'bilinear' ? (k === 0 ? 1 - t : t) : cubic(offset - t)
    }
  }
  return { count, indices, weights }
}

/** One line at the positions of `taps`, written to `out` from `at` on. */
function sample(line: Float64Array, { count, indices, weights }: Taps, out: Float32Array, at: number): void {
  const length = indices.length / count
  if (count === 1) for (let o = 0; o < length; o++) out[at + o] = line[indices[o]!]!
  else if (count === 2) {
    for (let o = 0; o < length; o++) {
      out[at + o] = weights[2 * o]! * line[indices[2 * o]!]! + weights[2 * o + 1]! * line[indices[2 * o + 1]!]!
    }
  } else {
    for (let o = 0; o < length; o++) {
      let sum = 0
      for (let k = count * o; k < count * (o + 1); k++) sum += weights[k]! * line[indices[k]!]!
      out[at + o] = sum
    }
  }
}

/** The adjoint of {@link sample}: the values of `gradient` from `at` on, carried to the line that they were taken from. */
function spread(gradient: Float32Array, at: number, { count, indices, weights }: Taps, line: Float64Array): void {
  line.fill(0)
  for (let k = 0; k < indices.length; k++) {
    const i = indices[k]!
    line[i] = line[i]! + weights[k]! * gradient[at + Math.floor(k / count)]!
  }
}

/**
 * Resizes by a separable linear operator, without antialiasing, as torch.nn.functional.interpolate(align_corners=False)
 * and torchvision's Resize on tensors (antialias off) do. Values are not clamped: bicubic overshoots.
 *
 * @param image any image
 * @param options the new sides in pixels and the kernel (bilinear unless told)
 */
export function resize(image: Image, { width, height, method = 'bilinear' }: ResizeOptions): Image {
  const { width: w, height: h, data } = image
  const across = taps(w, width, method)
  const down = taps(h, height, method)
  const line = new Float64Array(w)
  const out = new Float32Array(3 * height * width)
  for (let channel = 0; channel < 3; channel++) {
    for (let y = 0; y < height; y++) {
      for (let k = y * down.count; k < (y + 1) * down.count; k++) {
        const row = (channel * h + down.indices[k]!) * w
        const weight = down.weights[k]!
        if (k === y * down.count) for (let x = 0; x < w; x++) line[x] = weight * data[row + x]!
        else for (let x = 0; x < w; x++) line[x] = line[x]! + weight * data[row + x]!
      }
      sample(line, across, out, (channel * height + y) * width)
    }
  }
  return { width, height, data: out }
}

/**
 * The adjoint of {@link resize}: carries a gradient with respect to the resized image back to the original.
 *
 * @param gradient values with respect to the resized image, laid out as {@link Image.data} at `options`' sides
 * @param source the sides of the image that was resized
 * @param options what {@link resize} was called with
 * @returns values with respect to the original image, length 3 * source.height * source.width
 */
export function resizeAdjoint(
  gradient: Float32Array,
  source: { readonly width: number; readonly height: number },
  { width, height, method = 'bilinear' }: ResizeOptions,
): Float32Array {
  const { width: w, height: h } = source
  const across = taps(w, width, method)
  const down = taps(h, height, method)
  const line = new Float64Array(w)
  const plane = new Float64Array(h * w)
  const out = new Float32Array(3 * h * w)
  for (let channel = 0; channel < 3; channel++) {
    plane.fill(0)
    for (let y = 0; y < height; y++) {
      spread(gradient, (channel * height + y) * width, across, line)
      for (let k = y * down.count; k < (y + 1) * down.count; k++) {
        const row = down.indices[k]! * w
        const weight = down.weights[k]!
        for (let x = 0; x < w; x++) plane[row + x] = plane[row + x]! + weight * line[x]!
      }
    }
    out.set(plane, channel * h * w)
  }
  return out
}
