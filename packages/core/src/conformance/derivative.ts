import type { Image } from '../image.js'
import { createRandom } from '../random.js'
import { demand } from './clause.js'

/** Half the L-infinity distance between the two ends of a central difference, in the order in which they are tried. */
const steps = [1e-3, 2.5e-4, 4e-3, 6e-5, 1.6e-2, 1.6e-5, 4e-6, 0.04]

/** A step tells something when the score moves this many times further than its own rounding noise. */
const conclusive = 200

/** How much less exactly directions that know nothing of the gradient are compared: they look for parts that it lacks. */
const blindness = 5

interface Direction {
  readonly name: string
  readonly values: Float64Array
  /** Norm of the gradient in its region over the square root of the region's size: what one unit of a blind direction moves. */
  readonly typical: number
  readonly tolerance: number
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
  const frame = 3
  const atBorder = (i: number): boolean => {
    const x = i % width
    const y = Math.floor(i / width) % height
    return Math.min(x, y, width - 1 - x, height - 1 - y) < frame
  }
  return {
    'the whole image': () => true,
    'the red channel': (i) => channel(i) === 0,
    'the green channel': (i) => channel(i) === 1,
    'the blue channel': (i) => channel(i) === 2,
    'the border': atBorder,
  }
}

/** For every region: along the gradient with its values weighted at random, along random signs, and along a slow wave. */
function directions(image: Image, gradient: Float32Array, tolerance: number): Direction[] {
  return Object.entries(regions(image)).flatMap(([name, inside]) => {
    const random = createRandom('derivative').fork(name)
    const uniforms = random.uniforms(gradient.length)
    const [across, down, phase] = random.fork('wave').uniforms(3)
    const wave = (i: number): number =>
      Math.cos(
        (i % image.width) * (0.02 + 0.3 * across!) + Math.floor(i / image.width) * (0.02 + 0.3 * down!) + 6 * phase!,
      )
    const make = (value: (i: number) => number): Float64Array =>
      Float64Array.from(gradient, (_, i) => (inside(i) ? value(i) : 0))

    const size = gradient.reduce((count, _, i) => count + (inside(i) ? 1 : 0), 0)
    const norm = Math.sqrt(gradient.reduce((sum, g, i) => sum + (inside(i) ? g * g : 0), 0))
    const typical = norm / Math.sqrt(size)
    const blind = blindness * tolerance
    return [
      {
        name: `along the gradient in ${name}`,
        values: make((i) => gradient[i]! * (0.5 + uniforms[i]!)),
        typical: 0,
        tolerance,
      },
      {
        name: `along random signs in ${name}`,
        values: make((i) => (uniforms[i]! < 0.5 ? -1 : 1)),
        typical,
        tolerance: blind,
      },
      { name: `along a slow wave in ${name}`, values: make(wave), typical, tolerance: blind },
    ].filter(({ values }) => values.some((value) => value !== 0))
  })
}

/** The image moved along a direction; what is added is rounded to single precision with it, and read back by the caller. */
const moved = (image: Image, direction: Float64Array, length: number): Image => ({
  ...image,
  data: image.data.map((value, i) => value + length * direction[i]!),
})

const difference = (a: Image, b: Image): Float64Array => Float64Array.from(a.data, (value, i) => value - b.data[i]!)

/**
 * Checks that `gradient` is the derivative of `value` at `image`: equal to central differences along directions that follow it
 * and along directions that know nothing of it, in the whole image, each channel and the border.
 *
 * Made for values computed in single precision and for kinks (ReLU, maximum pooling): the rounding noise of `value` is
 * measured first; a direction agrees if it does so at one of several steps at which the noise is small beside the change;
 * directions along which the change stays within the noise say nothing, but the gradient's own direction must say something.
 *
 * @throws Error naming the direction, the change found and the change that the gradient foretells
 */
export async function compareDerivative(
  what: string,
  value: (image: Image) => Promise<number>,
  image: Image,
  gradient: Float32Array,
  tolerance = 0.01,
): Promise<void> {
  const base = await value(image)
  let noise = 0
  for (let k = 0; k < 3; k++) {
    const signs = createRandom('noise').fork(k).uniforms(gradient.length)
    const other = moved(
      image,
      signs.map((u) => (u < 0.5 ? -1 : 1)),
      1e-7,
    )
    const foretold = dot(gradient, difference(other, image))
    noise = Math.max(noise, Math.abs((await value(other)) - base - foretold))
  }

  let told = 0
  for (const { name, values, typical, tolerance: allowed } of directions(image, gradient, tolerance)) {
    const largest = values.reduce((most, v) => Math.max(most, Math.abs(v)), 0)
    let best: { error: number; found: number; foretold: number; step: number } | undefined
    for (const step of steps) {
      const ahead = moved(image, values, step / largest)
      const behind = moved(image, values, -step / largest)
      const delta = difference(ahead, behind)
      const found = (await value(ahead)) - (await value(behind))
      const foretold = dot(gradient, delta)
      const scale = Math.max(Math.abs(found), Math.abs(foretold), typical * Math.sqrt(dot(delta, delta)))
      if (!(scale > conclusive * noise)) continue
      const error = Math.max(0, Math.abs(found - foretold) - 2 * noise) / scale
      if (!best || error < best.error) best = { error, found, foretold, step }
      if (error <= allowed) break
    }
    if (!best) continue
    told++
    demand(
      best.error <= allowed,
      () =>
        `${what} ${name}: between steps of -${best.step} and ${best.step} it changes by ${best.found.toPrecision(5)}, ` +
        `the gradient foretells ${best.foretold.toPrecision(5)}: ${(100 * best.error).toPrecision(3)} % apart at the best of ` +
        `${steps.length} steps, ${(100 * allowed).toPrecision(3)} % allowed`,
    )
  }
  demand(
    told > 0,
    `${what}: no direction was found along which it demonstrably changes (rounding noise ${noise.toPrecision(3)})`,
  )
}
