import { addKept, cropped, type Device, type Image, kept, type Random, type Tile, tiles, turn } from '@cupel/core'
import { differentiate, pixels, sizeOf, specialised, type Tensor, tensor } from '@cupel/graph'
import { unetModel, unetShapes } from './unet.js'

/** The generator U of FACPA with weights that change. */
export interface Generator {
  /** U(x), within -1..1, laid out as the image's data. */
  generate(x: Image, weights: Float32Array, signal?: AbortSignal): Promise<Float32Array>
  /** From d L / d U(x) to d L / d weights. */
  toWeights(x: Image, weights: Float32Array, gradient: Float32Array, signal?: AbortSignal): Promise<Float32Array>
  dispose(): Promise<void>
}

/**
 * Weights to start from: He et al.'s normal distribution, biases 0, the last layer small, so that training begins
 * near no change.
 */
export function startWeights(channels: number, random: Random): Float32Array {
  const parts = Object.entries(unetShapes(channels)).map(([name, shape]) => {
    if (name.endsWith('bias')) return new Float32Array(sizeOf(shape))
    const deviation = name.startsWith('out') ? 0.01 : Math.sqrt(2 / sizeOf(shape.slice(1)))
    return random
      .fork(name)
      .normals(sizeOf(shape))
      .map((draw) => deviation * draw)
  })
  return joined(parts)
}

/** How many weights a generator has. */
export const weightCount = (channels: number): number =>
  Object.values(unetShapes(channels)).reduce((sum, shape) => sum + sizeOf(shape), 0)

function joined(parts: readonly Float32Array[]): Float32Array {
  const out = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    out.set(part, at)
    at += part.length
  }
  return out
}

/** No value of U(x) depends on pixels further away than this, along either axis: 20 by the convolutions, 3 by halving and doubling. */
const REACH = 23

/**
 * A generator of the given width; sessions are opened for each size of image on first use. Larger images are run in tiles that give
 * what the whole gives; between two of them the signal is checked.
 *
 * @param window about the longest side that is run at once
 */
export function generator(channels: number, device: Device, window = 512): Generator {
  const shapes = unetShapes(channels)
  const names = Object.keys(shapes)
  const forward = specialised(({ image }) => unetModel(channels, image!), { device })
  const backward = specialised(
    ({ image }) => differentiate(unetModel(channels, image!), { of: 'u', wrt: names, seed: true }),
    { device },
  )
  function feeds(x: Image, weights: Float32Array): Record<string, Tensor> {
    let at = 0
    const tensors = names.map((name) => {
      const size = sizeOf(shapes[name]!)
      at += size
      return [name, tensor(weights.subarray(at - size, at), shapes[name]!)] as const
    })
    return { image: pixels(x), ...Object.fromEntries(tensors) }
  }
  async function* tilesOf(x: Image, signal?: AbortSignal): AsyncGenerator<Tile> {
    for (const tile of tiles(x, { window, reach: REACH, grid: 4, even: true })) {
      await turn(signal)
      yield tile
    }
  }
  return {
    async generate(x, weights, signal) {
      const whole = { ...x, data: new Float32Array(x.data.length) }
      for await (const tile of tilesOf(x, signal)) {
        const part = cropped(x, tile)
        const { u } = await forward.run(feeds(part, weights))
        addKept(whole, { ...part, data: u!.data as Float32Array }, tile)
      }
      return whole.data
    },
    async toWeights(x, weights, gradient, signal) {
      const sum = new Float32Array(weights.length)
      for await (const tile of tilesOf(x, signal)) {
        const seed = pixels(kept({ ...x, data: gradient }, tile))
        const found = await backward.run({ ...feeds(cropped(x, tile), weights), seed_u: seed })
        const part = joined(names.map((name) => found[`grad_${name}`]!.data as Float32Array))
        for (let i = 0; i < sum.length; i++) sum[i]! += part[i]!
      }
      return sum
    },
    async dispose() {
      await Promise.all([forward.dispose(), backward.dispose()])
    },
  }
}
