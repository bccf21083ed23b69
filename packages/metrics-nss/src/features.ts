import { type Graph, tensor, type Value } from '@cupel/graph'

/** Pixel offsets (down, right) at which MSCN coefficients are compared: right, down and the two diagonals. */
const neighbours: readonly (readonly [number, number])[] = [
  [0, 1],
  [1, 0],
  [1, 1],
  [1, -1],
]

/** Side and standard deviation (pixels) of the Gaussian window of the local mean and deviation, as in BRISQUE and NIQE. */
const [side, sigma] = [7, 7 / 6]
/** Added to the local variance, in squares of 8-bit gray levels: what 8-bit rounding leaves of a flat region counts for little. */
const C = 1
/** Keeps logarithms of the moments of MSCN coefficients finite. */
const epsilon = 1e-3

function gaussianWindow(g: Graph): Value {
  const bell = Array.from({ length: side }, (_, i) => Math.exp(-((i - (side - 1) / 2) ** 2) / (2 * sigma ** 2)))
  const sum = bell.reduce((a, b) => a + b)
  const weights = bell.flatMap((a) => bell.map((b) => (a * b) / sum ** 2))
  return g.constant(tensor(weights, [1, 1, side, side]))
}

/** Every value beside the one `down` rows below and `right` columns to its right, as two maps of equal shape. */
function pair(map: Value, [down, right]: readonly [number, number]): [Value, Value] {
  const crop = (top: number, left: number) =>
    map.slice([2, 3], [top, left], [top + -down || 2 ** 31, left + -Math.abs(right) || 2 ** 31])
  return [crop(0, Math.max(0, -right)), crop(down, Math.max(0, right))]
}

const meanOf = (map: Value): Value => map.mean([1, 2, 3]).reshape([1, 1])

/** The statistics of one scale of the luminance `y` (0..255): eleven numbers [1, 11]. */
function statistics(g: Graph, y: Value): Value[] {
  const window = gaussianWindow(g)
  const smooth = (map: Value) => map.pad(Array(4).fill((side - 1) / 2), 'reflect').conv(window)
  const centred = y.sub(smooth(y))
  const variance = smooth(centred.mul(centred)).add(C)
  const n = centred.div(variance.sqrt()) // the mean-subtracted, contrast-normalised (MSCN) coefficients

  const energy = meanOf(n.mul(n)).add(epsilon)
  const shape = meanOf(n.mul(n).add(0.01).sqrt()).pow(2).div(energy) // of their distribution: 2/pi for a Gaussian
  const contrast = variance.log().mul(0.5)
  const variation = [pair(contrast, [0, 4]), pair(contrast, [4, 0])]
    .map(([a, b]) => meanOf(b.sub(a).pow(2)))
    .reduce((a, b) => a.add(b))
  const products = neighbours.flatMap((offset) => {
    const [a, b] = pair(n, offset)
    const product = meanOf(a.mul(b).pow(2)).add(epsilon ** 2)
    const likeness = meanOf(
      a
        .sub(b)
        .pow(2)
        .div(-2 * 0.3 ** 2)
        .exp(),
    )
    return [product.log().sub(energy.log().mul(2)), likeness]
  })
  return [energy.log(), shape.log(), variation.add(0.01).log(), ...products]
}

/** Names of the features, in their order. */
export const names: readonly string[] = ['full', 'half'].flatMap((scale) => [
  `energy ${scale}`,
  `shape ${scale}`,
  `contrast variation ${scale}`,
  ...['right', 'down', 'diagonal', 'antidiagonal'].flatMap((n) => [`product ${n} ${scale}`, `likeness ${n} ${scale}`]),
])

/**
 * Natural-scene statistics of an image: smooth functions of its pixels.
 *
 * @param image [1, 3, height, width], values 0..1, sides of at least 16 pixels
 * @returns [1, 22]: the statistics at full and at half size, in the order of {@link names}
 */
export function features(g: Graph, image: Value): Value {
  const luminance = g.constant(
    tensor(
      [0.299, 0.587, 0.114].map((weight) => 255 * weight),
      [1, 3, 1, 1],
    ),
  )
  const y = image.conv(luminance)
  return g.concat([...statistics(g, y), ...statistics(g, y.averagePool(2))], 1)
}
