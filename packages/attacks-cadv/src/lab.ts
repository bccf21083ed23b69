/** Linear RGB (sRGB primaries) to XYZ relative to the D65 white, and back. */
const toXyz = [
  [0.412453 / 0.95047, 0.35758 / 0.95047, 0.180423 / 0.95047],
  [0.212671, 0.71516, 0.072169],
  [0.019334 / 1.08883, 0.119193 / 1.08883, 0.950227 / 1.08883],
] as const
const fromXyz = [
  [3.240481343200963 * 0.95047, -1.5371515162713185, -0.4985363261688878 * 1.08883],
  [-0.9692549499965682 * 0.95047, 1.8759900014898907, 0.04155592655829284 * 1.08883],
  [0.05564663913517716 * 0.95047, -0.20404133836651123, 1.0573110696453443 * 1.08883],
] as const

type Triple = [number, number, number]

const linear = (v: number): number => (v > 0.04045 ? ((v + 0.055) / 1.055) ** 2.4 : v / 12.92)
const root = (t: number): number => (t > 0.008856 ? Math.cbrt(t) : 7.787 * t + 16 / 116)

/** CIE L*a*b* (D65, L in 0..100) of an sRGB colour in 0..1. */
export function labOf(r: number, g: number, b: number): Triple {
  const rgb = [linear(r), linear(g), linear(b)]
  const [x, y, z] = toXyz.map((row) => root(row[0] * rgb[0]! + row[1] * rgb[1]! + row[2] * rgb[2]!)) as Triple
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)]
}

/**
 * An sRGB colour brought within 0..1, and d colour / da and d colour / db of each channel; 0 where it was brought
 * back.
 */
export interface Colour {
  readonly rgb: Triple
  readonly byA: Triple
  readonly byB: Triple
}

const cube = (t: number): number => (t > 0.2068966 ? t * t * t : (t - 16 / 116) / 7.787)
const slope = (t: number): number => (t > 0.2068966 ? 3 * t * t : 1 / 7.787)

/** The sRGB colour of a CIE L*a*b* colour, with its derivatives with respect to a and b. */
export function colourOf(L: number, a: number, b: number): Colour {
  const fy = (L + 16) / 116
  const fx = fy + a / 500
  const fz = Math.max(0, fy - b / 200)
  const [x, y, z] = [cube(fx), cube(fy), cube(fz)] as const
  const byX = slope(fx) / 500
  const byZ = fz > 0 ? -slope(fz) / 200 : 0
  const rgb: Triple = [0, 0, 0]
  const byA: Triple = [0, 0, 0]
  const byB: Triple = [0, 0, 0]
  for (let c = 0; c < 3; c++) {
    const row = fromXyz[c]!
    const light = row[0] * x + row[1] * y + row[2] * z
    const curved = light > 0.0031308
    const power = curved ? light ** (1 / 2.4) : 0
    const value = curved ? 1.055 * power - 0.055 : 12.92 * light
    rgb[c] = Math.min(1, Math.max(0, value))
    if (value <= 0 || value >= 1) continue
    const rate = curved ? ((1.055 / 2.4) * power) / light : 12.92
    byA[c] = rate * row[0] * byX
    byB[c] = rate * row[2] * byZ
  }
  return { rgb, byA, byB }
}
