import type { Image } from '@cupel/core'
import { checkSides, type TermGradient } from './comparison.js'
import { flatSsim } from './flat.js'
import { gaussian, slide, spread, uniform, type Window } from './window.js'

/** Which windows local means, variances and covariances are taken over. */
export type WindowName = 'uniform' | 'gaussian'

export interface SsimOptions {
  /**
   * `uniform` (default): 7 x 7 equal weights and sample covariance, what scikit-image's `structural_similarity` does
   * unless told. `gaussian`: 11 x 11, standard deviation 1.5 and population covariance, as Wang et al. have it.
   * A window larger than the image becomes the image's smaller side.
   */
  readonly window?: WindowName
}

/** One channel of an image: `height` rows of `width` values. */
export interface Plane {
  readonly width: number
  readonly height: number
  readonly values: Float32Array
}

/** (K1 L)^2 and (K2 L)^2 of Wang et al. with the dynamic range L = 1. */
const C1 = 0.01 ** 2
const C2 = 0.03 ** 2

/**
 * One row of window positions: local means mx and my, B1 = mx^2 + my^2 + C1, B2 = var x + var y + C2,
 * luminance = (2 mx my + C1) / B1 and structure = (2 cov + C2) / B2; luminance times structure is the index.
 */
type Row = Readonly<Record<'mx' | 'my' | 'luminance' | 'structure' | 'B1' | 'B2', Float64Array>>

/** The window named by `name`, and the factor from its biased variances to those that the index is made of. */
function windowOf(name: WindowName, { width, height }: Plane): Window & { readonly correction: number } {
  const size = Math.min(name === 'uniform' ? 7 : 11, width, height)
  if (name === 'gaussian') return { ...gaussian(size, 1.5), correction: 1 }
  return { ...uniform(size), correction: size > 1 ? size ** 2 / (size ** 2 - 1) : 1 }
}

/** Slides the window over two planes, handing over one row of positions after the other (in the same arrays). */
function eachRow(
  x: Plane,
  y: Plane,
  window: ReturnType<typeof windowOf>,
  visit: (row: Row, index: number) => void,
): void {
  const { taps, flat, correction } = window
  const { width, height } = x
  const size = taps.length
  const positions = width - size + 1
  const [sx, sy, sxx, syy, sxy] = five(width)
  const [mx, my, xx, yy, xy] = five(positions)
  const [luminance, structure, B1, B2] = five(positions)
  const row: Row = { mx, my, luminance, structure, B1, B2 }

  const add = (line: number, weight: number): void => {
    for (let i = 0, j = line * width; i < width; i++, j++) {
      const a = x.values[j]!
      const b = y.values[j]!
      sx[i] = sx[i]! + weight * a
      sy[i] = sy[i]! + weight * b
      sxx[i] = sxx[i]! + weight * a * a
      syy[i] = syy[i]! + weight * b * b
      sxy[i] = sxy[i]! + weight * a * b
    }
  }
  if (flat) for (let k = 0; k < size - 1; k++) add(k, taps[0]!)
  for (let index = 0; index + size <= height; index++) {
    if (flat) add(index + size - 1, taps[0]!)
    else {
      for (const sums of [sx, sy, sxx, syy, sxy]) sums.fill(0)
      for (let k = 0; k < size; k++) add(index + k, taps[k]!)
    }
    slide(sx, mx, window)
    slide(sy, my, window)
    slide(sxx, xx, window)
    slide(syy, yy, window)
    slide(sxy, xy, window)
    for (let i = 0; i < positions; i++) {
      const m = mx[i]!
      const n = my[i]!
      B1[i] = m * m + n * n + C1
      B2[i] = correction * (xx[i]! - m * m + yy[i]! - n * n) + C2
      luminance[i] = (2 * m * n + C1) / B1[i]!
      structure[i] = (2 * correction * (xy[i]! - m * n) + C2) / B2[i]!
    }
    visit(row, index)
    if (flat) add(index, -taps[0]!)
  }
}

type Five = [Float64Array, Float64Array, Float64Array, Float64Array, Float64Array]
const five = (length: number): Five => Array.from({ length: 5 }, () => new Float64Array(length)) as Five

/**
 * The means over a plane of the SSIM index and of its contrast-structure part, which the coarse scales of MS-SSIM
 * use.
 */
export function similarity(x: Plane, y: Plane, name: WindowName): { ssim: number; structure: number } {
  const window = windowOf(name, x)
  let ssim = 0
  let structure = 0
  let count = 0
  eachRow(x, y, window, (row) => {
    for (let i = 0; i < row.mx.length; i++) {
      structure += row.structure[i]!
      ssim += row.structure[i]! * row.luminance[i]!
    }
    count += row.mx.length
  })
  return { ssim: ssim / count, structure: structure / count }
}

/**
 * {@link similarity} and its derivative `bySsim` d ssim / dx + `byStructure` d structure / dx, laid out as the plane.
 */
export function similarityGradient(
  x: Plane,
  y: Plane,
  name: WindowName,
  { bySsim, byStructure }: { readonly bySsim: number; readonly byStructure: number },
): { ssim: number; structure: number; gradient: Float64Array } {
  const { width, height } = x
  const window = windowOf(name, x)
  const positions = width - window.taps.length + 1
  const count = positions * (height - window.taps.length + 1)
  // Derivatives with respect to the three windowed moments of x: its mean, its mean square and its mean product with y.
  const [dm, dxx, dxy] = five(count)
  let ssim = 0
  let contrast = 0
  eachRow(x, y, window, ({ mx, my, luminance, structure, B1, B2 }, index) => {
    for (let i = 0, j = index * positions; i < positions; i++, j++) {
      ssim += structure[i]! * luminance[i]!
      contrast += structure[i]!
      const toStructure = (window.correction * (bySsim * luminance[i]! + byStructure)) / count
      const toLuminance = (bySsim * structure[i]!) / count
      dxy[j] = (2 * toStructure) / B2[i]!
      dxx[j] = (-toStructure * structure[i]!) / B2[i]!
      dm[j] = (2 * toLuminance * (my[i]! - luminance[i]! * mx[i]!)) / B1[i]! - my[i]! * dxy[j]! - 2 * mx[i]! * dxx[j]!
    }
  })
  const gradient = spread(dm, width, height, window)
  const [gxx, gxy] = [spread(dxx, width, height, window), spread(dxy, width, height, window)]
  for (let i = 0; i < gradient.length; i++) {
    gradient[i] = gradient[i]! + 2 * x.values[i]! * gxx[i]! + y.values[i]! * gxy[i]!
  }
  return { ssim: ssim / count, structure: contrast / count, gradient }
}

/** The three channels of an image, sharing its memory. */
export const planes = ({ width, height, data }: Image): Plane[] =>
  [0, 1, 2].map((c) => ({ width, height, values: data.subarray(c * width * height, (c + 1) * width * height) }))

/**
 * The mean structural similarity of two images, over windows that lie inside and over the three channels; 1 for equal
 * images. Wang, Bovik, Sheikh, Simoncelli, "Image quality assessment: from error visibility to structural
 * similarity", TIP 2004.
 */
export function ssim(a: Image, b: Image, { window = 'uniform' }: SsimOptions = {}): number {
  checkSides(a, b)
  const references = planes(b)
  const index = (x: Plane, y: Plane): number => {
    if (window === 'gaussian') return similarity(x, y, window).ssim
    const { taps, correction } = windowOf(window, x)
    return flatSsim(x, y, { size: taps.length, correction, C1, C2 })
  }
  return planes(a).reduce((sum, plane, c) => sum + index(plane, references[c]!) / 3, 0)
}

/** {@link ssim} with its derivative with respect to `a`. */
export function ssimGradient(a: Image, b: Image, { window = 'uniform' }: SsimOptions = {}): TermGradient {
  checkSides(a, b)
  const references = planes(b)
  const gradient = new Float32Array(a.data.length)
  let value = 0
  for (const [c, plane] of planes(a).entries()) {
    const part = similarityGradient(plane, references[c]!, window, { bySsim: 1 / 3, byStructure: 0 })
    value += part.ssim / 3
    gradient.set(part.gradient, c * plane.values.length)
  }
  return { value, gradient }
}
