/** Rows: Y, Cb, Cr from R, G, B (JFIF). */
const toYcc = [
  [0.299, 0.587, 0.114],
  [-0.168735892, -0.331264108, 0.5],
  [0.5, -0.418687589, -0.081312411],
] as const

/** Rows: R, G, B from Y, Cb, Cr. */
const toRgb = [
  [1, 0, 1.402],
  [1, -0.344136286, -0.714136286],
  [1, 1.772, 0],
] as const

type Matrix = readonly (readonly [number, number, number])[]
type Planes = readonly [Float32Array, Float32Array, Float32Array]

const transposed = (m: Matrix): Matrix => [0, 1, 2].map((j) => [m[0]![j]!, m[1]![j]!, m[2]![j]!] as const)

function multiply(matrix: Matrix, [a, b, c]: Planes, factor: number): Planes {
  const planes = matrix.map(([p, q, r]) => {
    const out = new Float32Array(a.length)
    for (let i = 0; i < out.length; i++) out[i] = factor * (p * a[i]! + q * b[i]! + r * c[i]!)
    return out
  })
  return planes as unknown as Planes
}

/** The three planes of an image's data, as views. */
export function planesOf(data: Float32Array): Planes {
  const area = data.length / 3
  return [data.subarray(0, area), data.subarray(area, 2 * area), data.subarray(2 * area)]
}

function joined(planes: Planes): Float32Array {
  const data = new Float32Array(3 * planes[0].length)
  planes.forEach((plane, channel) => {
    data.set(plane, channel * plane.length)
  })
  return data
}

/** R, G, B in 0..1 to Y, Cb, Cr in 0..255 about 0 (Y - 128; Cb and Cr without their 128). */
export function rgbToYcc(data: Float32Array): Planes {
  const ycc = multiply(toYcc, planesOf(data), 255)
  for (let i = 0; i < ycc[0].length; i++) ycc[0][i]! -= 128
  return ycc
}

/** The inverse of {@link rgbToYcc}, not clipped. */
export function yccToRgb([y, cb, cr]: Planes): Float32Array {
  const shifted = new Float32Array(y.length)
  for (let i = 0; i < y.length; i++) shifted[i] = y[i]! + 128
  return joined(multiply(toRgb, [shifted, cb, cr], 1 / 255))
}

/** Adjoints of the linear parts of {@link rgbToYcc} and {@link yccToRgb}. */
export const rgbToYccAdjoint = (ycc: Planes): Float32Array => joined(multiply(transposed(toYcc), ycc, 255))
export const yccToRgbAdjoint = (rgb: Float32Array): Planes => multiply(transposed(toRgb), planesOf(rgb), 1 / 255)
