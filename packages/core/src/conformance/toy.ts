import type { Measure } from '../facts.js'
import type { Image } from '../image.js'
import type { Better, Metric } from '../interface.js'
import { createRandom, type Random } from '../random.js'
import { dot } from './derivative.js'
import { photograph } from './images.js'

/**
 * Sum of the absolute weights, in units of the metric's range: one step of 1/255 everywhere moves the score by 0.4 of it, so
 * that the metric outweighs the penalty terms of attacks that have them.
 */
const STRENGTH = 100

const known = new Map<string, Float32Array>()

/**
 * The weights of the toy metric: of one sign in each channel (so that colour curves and black-box squares can follow them),
 * of slowly varying size with texture, none of them near zero (so that most pixels are worth about as much as the best).
 */
export function toyWeights(width: number, height: number): Float32Array {
  const key = `${width} ${height}`
  let weights = known.get(key)
  if (!weights) {
    const length = 3 * width * height
    const texture = createRandom('toy').uniforms(length)
    weights = Float32Array.from({ length }, (_, i) => {
      const sign = [1, -1, 1][Math.floor(i / (width * height))]!
      const slope = (i % width) / width + (Math.floor(i / width) % height) / height
      const size = 1 + 0.2 * Math.cos(Math.PI * slope) + 0.3 * (texture[i]! - 0.5)
      return (sign * size * STRENGTH) / length
    })
    known.set(key, weights)
  }
  return weights
}

/** A linear metric, <w, x - x0> + 1/2 with x0 the kit's photograph of the same sides; its optimum under a budget is known. */
export function toyMetric(better: Better): Required<Omit<Metric, 'dispose'>> {
  const offsets = new Map<Float32Array, number>()
  const value = ({ width, height, data }: Image): number => {
    const weights = toyWeights(width, height)
    if (!offsets.has(weights)) offsets.set(weights, 0.5 - dot(weights, photograph([width, height]).data))
    return dot(weights, data) + offsets.get(weights)!
  }
  return {
    better,
    range: [0, 1],
    score: async (image) => value(image),
    gradient: async (image) => ({
      score: value(image),
      gradient: toyWeights(image.width, image.height).slice(),
      kind: 'exact',
    }),
  }
}

/** How far an attack went, in what its strength is measured in; undefined measures it in L2. */
export function distance(source: Image, attacked: Image, measure?: Measure): number {
  const area = source.width * source.height
  let most = 0
  let squares = 0
  const touched = new Uint8Array(area)
  for (let i = 0; i < source.data.length; i++) {
    const change = Math.abs(attacked.data[i]! - source.data[i]!)
    most = Math.max(most, change)
    squares += change * change
    if (change > 0) touched[i % area] = 1
  }
  if (measure === 'linf') return most
  if (measure === 'pixels') return touched.reduce((count, one) => count + one, 0)
  return Math.sqrt(squares)
}

/** The most by which the toy metric's score of `source` can be improved at this distance. */
export function optimum(source: Image, better: Better, far: number, measure?: Measure): number {
  const weights = toyWeights(source.width, source.height)
  const area = source.width * source.height
  /** How far value i can go in the direction that improves the score. */
  const room = (i: number): number =>
    weights[i]! > 0 === (better === 'higher') ? 1 - source.data[i]! : source.data[i]!
  const gain = (i: number, budget: number): number => Math.abs(weights[i]!) * Math.min(budget, room(i))
  if (measure === 'linf') return weights.reduce((sum, _, i) => sum + gain(i, far), 0)
  if (measure === 'pixels') {
    const worth = Float64Array.from({ length: area }, (_, p) => gain(p, 1) + gain(area + p, 1) + gain(2 * area + p, 1))
    return worth
      .sort()
      .subarray(area - far)
      .reduce((sum, one) => sum + one, 0)
  }
  return far * Math.sqrt(weights.reduce((sum, w) => sum + w * w, 0))
}

/** Seeded noise that goes as far: random signs in L-infinity, random extremes on random pixels, else normal. */
export function noise(source: Image, random: Random, far: number, measure?: Measure): Image {
  const { data } = source
  const area = source.width * source.height
  const signs = random.uniforms(data.length).map((u) => (u < 0.5 ? -1 : 1))
  const chosen = random.fork('pixels').permutation(area)
  const normals = random.fork('normals').normals(data.length)
  const length = Math.sqrt(normals.reduce((sum, n) => sum + n * n, 0))
  const value = {
    linf: (i: number) => data[i]! + far * signs[i]!,
    pixels: (i: number) => (chosen[i % area]! < far ? (1 + signs[i]!) / 2 : data[i]!),
    other: (i: number) => data[i]! + (far * normals[i]!) / length,
  }[measure === 'linf' || measure === 'pixels' ? measure : 'other']
  return { ...source, data: data.map((_, i) => Math.min(1, Math.max(0, value(i)))) }
}
