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

type Triple = readonly [number, number, number]
type Matrix = readonly [Triple, Triple, Triple]

const transposed = ([a, b, c]: Matrix): Matrix => [
  [a[0], b[0], c[0]],
  [a[1], b[1], c[1]],
  [a[2], b[2], c[2]],
]

type Planes = readonly [Float32Array, Float32Array, Float32Array]

/** The three planes of an image's data, as views. */
function planesOf(data: Float32Array): Planes {
  const area = data.length / 3
  return [data.subarray(0, area), data.subarray(area, 2 * area), data.subarray(2 * area)]
}

/** At every pixel: factor M v + offset. */
function multiply(matrix: Matrix, [a, b, c]: Planes, factor: number, [r, s, t]: Triple = [0, 0, 0]): Float32Array {
  const area = a.length
  const out = new Float32Array(3 * area)
  const [[m, n, o], [p, q, u], [v, w, z]] = matrix
  for (let i = 0; i < area; i++) {
    const x = factor * a[i]!
    const y = factor * b[i]!
    const k = factor * c[i]!
    out[i] = m * x + n * y + o * k + r
    out[area + i] = p * x + q * y + u * k + s
    out[2 * area + i] = v * x + w * y + z * k + t
  }
  return out
}

const half = 128 / 255

/** R, G, B in 0..1 to Y, Cb, Cr in 0..255 about 0 (Y - 128; Cb and Cr without their 128). */
export const rgbToYcc = (rgb: Float32Array): Planes => planesOf(multiply(toYcc, planesOf(rgb), 255, [-128, 0, 0]))

/** The inverse of {@link rgbToYcc}, not clipped. */
export const yccToRgb = (ycc: Planes): Float32Array => multiply(toRgb, ycc, 1 / 255, [half, half, half])

/** Adjoints of the linear parts of {@link rgbToYcc} and {@link yccToRgb}. */
export const rgbToYccAdjoint = (ycc: Planes): Float32Array => multiply(transposed(toYcc), ycc, 255)
export const yccToRgbAdjoint = (rgb: Float32Array): Planes =>
  planesOf(multiply(transposed(toRgb), planesOf(rgb), 1 / 255))
