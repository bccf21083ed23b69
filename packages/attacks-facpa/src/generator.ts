import type { Device, Image, Random } from '@cupel/core'
import { differentiate, pixels, sizeOf, specialised, type Tensor, tensor } from '@cupel/graph'
import { unetModel, unetShapes } from './unet.js'

/** The generator U of FACPA with weights that change. */
export interface Generator {
  /** U(x), within -1..1, laid out as the image's data. */
  generate(x: Image, weights: Float32Array): Promise<Float32Array>
  /** From d L / d U(x) to d L / d weights. */
  toWeights(x: Image, weights: Float32Array, gradient: Float32Array): Promise<Float32Array>
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

/** A generator of the given width; sessions are opened for each size of image on first use. */
export function generator(channels: number, device: Device): Generator {
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
  return {
    async generate(x, weights) {
      const { u } = await forward.run(feeds(x, weights))
      return u!.data as Float32Array
    },
    async toWeights(x, weights, gradient) {
      const seed = tensor(gradient, [1, 3, x.height, x.width])
      const found = await backward.run({ ...feeds(x, weights), seed_u: seed })
      return joined(names.map((name) => found[`grad_${name}`]!.data as Float32Array))
    },
    async dispose() {
      await Promise.all([forward.dispose(), backward.dispose()])
    },
  }
}
