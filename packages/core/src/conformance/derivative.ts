import type { Image } from '../image.js'
import { createRandom } from '../random.js'
import { demand } from './clause.js'

/** Half the L-infinity distance between the two ends of a central difference, in the order in which they are tried. */
const steps = [1e-3, 2.5e-4, 4e-3, 6e-5, 1.6e-2, 1.6e-5, 4e-6, 0.04]

/**
 * How far off directions may be that know nothing of the gradient, in the root of their mean square. They are there to find
 * parts that the gradient lacks; kinks disturb them far more than they disturb the gradient's own direction.
 */
const BLIND = 0.2

const WHOLE = 'the whole image'

interface Direction {
  readonly name: string
  readonly values: Float64Array
  /** What one unit of length of such a direction typically moves. */
  readonly typical: number
  /** Near enough to try no further step. */
  readonly enough: number
}

interface Comparison {
  readonly name: string
  readonly error: number
  readonly found: number
  readonly foretold: number
  readonly step: number
}

/** The inner product, in double precision. */
export const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!
  return sum
}

/** The parts of an image that are looked at apart: an error in one of them drowns in the whole. */
function regions({ width, height }: Image): Record<string, (index: number) => boolean> {
  const channel = (i: number): number => Math.floor(i / (width * height))
  const atBorder = (i: number): boolean => {
    const x = i % width
    const y = Math.floor(i / width) % height
    return Math.min(x, y, width - 1 - x, height - 1 - y) === 0
  }
  return {
    [WHOLE]: () => true,
    'the red channel': (i) => channel(i) === 0,
    'the green channel': (i) => channel(i) === 1,
    'the blue channel': (i) => channel(i) === 2,
    'the outermost pixels': atBorder,
  }
}

/** Along the gradient in one region, its values weighted at random; and blindly: along random signs and a slow wave. */
function directions(
  image: Image,
  gradient: Float32Array,
  region: string,
  inside: (index: number) => boolean,
  tolerance: number,
) {
  const random = createRandom('derivative').fork(region)
  const make = (value: (i: number) => number): Float64Array =>
    Float64Array.from(gradient, (_, i) => (inside(i) ? value(i) : 0))
  const own = make((i) => gradient[i]!)
  const size = make(() => 1).reduce((count, one) => count + one, 0)
  const typical = Math.sqrt(dot(own, own) / size)

  const stretch = random.fork('along').uniforms(gradient.length)
  const along: Direction = {
    name: `along the gradient in ${region}`,
    values: own.map((g, i) => g * (0.5 + stretch[i]!)),
    typical: 0,
    enough: tolerance,
  }
  const signs = [0, 1, 2].map((k) => {
    const draw = random.fork('signs', k).uniforms(gradient.length)
    return make((i) => (draw[i]! < 0.5 ? -1 : 1))
  })
  const [across, down, phase] = random.fork('wave').uniforms(3)
  const wave = make((i) =>
    Math.cos(
      (i % image.width) * (0.02 + 0.3 * across!) + Math.floor(i / image.width) * (0.02 + 0.3 * down!) + 6 * phase!,
    ),
  )
  const blind = [...signs, wave].map(
    (values): Direction => ({ name: `along blind directions in ${region}`, values, typical, enough: BLIND / 4 }),
  )
  return { along, blind }
}

/** The image moved along a direction; what is added is rounded to single precision with it, and read back by the caller. */
const moved = (image: Image, direction: Float64Array, length: number): Image => ({
  ...image,
  data: image.data.map((value, i) => value + length * direction[i]!),
})

const difference = (a: Image, b: Image): Float64Array => Float64Array.from(a.data, (value, i) => value - b.data[i]!)

/** Measures the noise of `value`: how far it strays from the gradient when every value moves by its last bits. */
async function noiseOf(
  value: (image: Image) => Promise<number>,
  image: Image,
  gradient: Float32Array,
): Promise<number> {
  const base = await value(image)
  let noise = 0
  for (let k = 0; k < 3; k++) {
    const signs = createRandom('noise')
      .fork(k)
      .uniforms(gradient.length)
      .map((u) => (u < 0.5 ? -1 : 1))
    const other = moved(image, signs, 1e-7)
    noise = Math.max(noise, Math.abs((await value(other)) - base - dot(gradient, difference(other, image))))
  }
  return noise
}

/** The central difference along a direction that comes nearest to the gradient; undefined when noise hides the change at every step. */
async function compare(
  value: (image: Image) => Promise<number>,
  image: Image,
  gradient: Float32Array,
  { name, values, typical, enough }: Direction,
  noise: number,
): Promise<Comparison | undefined> {
  const largest = values.reduce((most, v) => Math.max(most, Math.abs(v)), 0)
  let best: Comparison | undefined
  for (const step of largest > 0 ? steps : []) {
    const ahead = moved(image, values, step / largest)
    const behind = moved(image, values, -step / largest)
    const delta = difference(ahead, behind)
    const found = (await value(ahead)) - (await value(behind))
    const foretold = dot(gradient, delta)
    const scale = Math.max(Math.abs(found), Math.abs(foretold), typical * Math.sqrt(dot(delta, delta)))
    // A step tells something when the noise of its two ends is small beside what is told apart: the nearer the kinks, the
    // smaller a step has to be, and what needs not be told as finely can be told at smaller ones.
    if (!(2 * noise < enough * scale)) continue
    const error = Math.max(0, Math.abs(found - foretold) - 2 * noise) / scale
    if (!best || error < best.error) best = { name, error, found, foretold, step }
    if (error <= enough) break
  }
  return best
}

/**
 * Checks that `gradient` is the derivative of `value` at `image`: equal to central differences along directions that follow it
 * and along directions that know nothing of it, in the whole image, each channel and the outermost pixels.
 *
 * Made for values computed in single precision and for kinks (ReLU, maximum pooling): the rounding noise of `value` is
 * measured first; a direction agrees if it does so at one of several steps at which the noise is small beside the change;
 * directions along which the change stays within the noise say nothing, but one at least must say something.
 *
 * @param what how the error calls the value
 * @param tolerance relative, along the gradient in the whole image; twice as much in a channel or the outermost pixels
 * @throws Error naming the direction, the change found and the change that the gradient foretells
 */
export async function compareDerivative(
  what: string,
  value: (image: Image) => Promise<number>,
  image: Image,
  gradient: Float32Array,
  tolerance = 0.01,
): Promise<void> {
  const noise = await noiseOf(value, image, gradient)
  const agree = (comparisons: readonly Comparison[], allowed: number): void => {
    if (comparisons.length === 0) return
    const error = Math.sqrt(comparisons.reduce((sum, one) => sum + one.error ** 2, 0) / comparisons.length)
    const { name, found, foretold, step } = comparisons.reduce((a, b) => (a.error > b.error ? a : b))
    demand(
      error <= allowed,
      () =>
        `${what} ${name}: between steps of -${step} and ${step} it changes by ${found.toPrecision(5)}, the gradient ` +
        `foretells ${foretold.toPrecision(5)}: ${(100 * error).toPrecision(3)} % apart at the best of ${steps.length} steps, ` +
        `${(100 * allowed).toPrecision(3)} % allowed`,
    )
  }

  let told = 0
  for (const [region, inside] of Object.entries(regions(image))) {
    const { along, blind } = directions(image, gradient, region, inside, tolerance)
    const tell = async (direction: Direction): Promise<Comparison[]> => {
      const comparison = await compare(value, image, gradient, direction, noise)
      if (comparison) told++
      return comparison ? [comparison] : []
    }
    // A small part has few kinks to average over.
    agree(await tell(along), region === WHOLE ? tolerance : 2 * tolerance)
    const blindly: Comparison[] = []
    for (const direction of blind) blindly.push(...(await tell(direction)))
    agree(blindly, BLIND)
  }
  demand(
    told > 0,
    `${what}: no direction was found along which it demonstrably changes (noise ${noise.toPrecision(3)})`,
  )
}
