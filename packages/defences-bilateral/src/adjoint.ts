import { type Image, turn } from '@cupel/core'
import { borderIndex } from '@cupel/filters'
import { BATCH, type Neighbour, neighbours, reachOf, type Window } from './filter.js'

/** The image with what stands beside it, so that a neighbour is a fixed step away in `data`. */
interface Padded {
  readonly data: Float32Array
  /** Values in a row and in a channel. */
  readonly stride: number
  readonly area: number
  /** Where pixel (0, 0) is. */
  readonly origin: number
  /** For every value of a channel: which pixel of the image it is. */
  readonly pixels: Int32Array
}

function padded({ width, height, data }: Image, size: number): Padded {
  const [across, down] = [reachOf(size, width), reachOf(size, height)]
  const stride = width + 2 * across
  const area = stride * (height + 2 * down)
  const pixels = new Int32Array(area)
  const out = new Float32Array(3 * area)
  for (let y = -down; y < height + down; y++) {
    const row = borderIndex(y, height, 'reflect') * width
    const to = (y + down) * stride
    for (let x = 0; x < stride; x++) pixels[to + x] = row + borderIndex(x - across, width, 'reflect')
  }
  for (let channel = 0; channel < 3; channel++) {
    for (let i = 0; i < area; i++) out[channel * area + i] = data[channel * width * height + pixels[i]!]!
  }
  return { data: out, stride, area, origin: down * stride + across, pixels }
}

/** For one row and one neighbour of each of its pixels, `step` away in a padded channel: the weight. */
function weigh(
  { data, area }: Padded,
  from: number,
  step: number,
  { weight }: Neighbour,
  falloff: number,
  weights: Float64Array,
): void {
  for (let x = 0; x < weights.length; x++) {
    const i = from + x
    const j = i + step
    const distance =
      Math.abs(data[j]! - data[i]!) +
      Math.abs(data[area + j]! - data[area + i]!) +
      Math.abs(data[2 * area + j]! - data[2 * area + i]!)
    weights[x] = weight * Math.exp(falloff * distance * distance)
  }
}

/**
 * The gradient carried back through the filter: through the mean, and through the weights, which the colours of
 * both pixels decide.
 */
export async function bilateralAdjoint(
  image: Image,
  filtered: Image,
  gradient: Float32Array,
  window: Window,
  signal: AbortSignal,
): Promise<Float32Array> {
  const { width, height } = image
  const field = padded(image, window.size)
  const { data, area, stride, origin, pixels } = field
  const all = neighbours(image, window)
  const steps = all.map(({ u, v }) => v * stride + u)
  const falloff = -1 / (2 * window.sigmaColour * window.sigmaColour)
  const weights = all.map(() => new Float64Array(width))
  const total = new Float64Array(width)
  const plane = width * height
  const out = new Float32Array(3 * plane)
  for (let y = 0; y < height; y++) {
    const from = origin + y * stride
    total.fill(0)
    for (const [n, one] of all.entries()) {
      weigh(field, from, steps[n]!, one, falloff, weights[n]!)
      for (let x = 0; x < width; x++) total[x] = total[x]! + weights[n]![x]!
    }
    for (const [n, step] of steps.entries()) {
      for (let x = 0; x < width; x++) {
        const here = from + x
        const there = here + step
        const [i, j] = [y * width + x, pixels[there]!]
        const weight = weights[n]![x]! / total[x]!
        let distance = 0
        // d L / d weight, times the weight.
        let slope = 0
        for (let channel = 0; channel < 3; channel++) {
          const value = data[channel * area + there]!
          distance += Math.abs(value - data[channel * area + here]!)
          slope += weight * gradient[channel * plane + i]! * (value - filtered.data[channel * plane + i]!)
        }
        for (let channel = 0; channel < 3; channel++) {
          const side = Math.sign(data[channel * area + here]! - data[channel * area + there]!)
          const own = -2 * falloff * distance * slope * side
          out[channel * plane + j]! += gradient[channel * plane + i]! * weight + own
          out[channel * plane + i]! -= own
        }
      }
    }
    if (y % BATCH === BATCH - 1) await turn(signal)
  }
  return out
}
