import type { Image } from '@cupel/core'

/** A tensor of a network, as @cupel/graph takes it. */
export interface SeededTensor {
  readonly dtype: 'float32'
  readonly shape: readonly number[]
  readonly data: Float32Array
}

/** FNV-1a of a name, 32 bits. */
const keyOf = (name: string): number => {
  let key = 0x811c9dc5
  for (const byte of new TextEncoder().encode(name)) key = Math.imul(key ^ byte, 0x01000193)
  return key >>> 0
}

/** Number `index` of the source `key`, from -1 to 1: MurmurHash3's finaliser of a Weyl sequence. */
function uniform(index: number, key: number): number {
  let x = (Math.imul(index, 0x9e3779b1) + key) | 0
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b)
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35)
  return ((x ^ (x >>> 16)) >>> 0) / 2 ** 31 - 1
}

const product = (sides: readonly number[]): number => sides.reduce((a, b) => a * b, 1)

/** Centre and half-width of the values of a tensor, so that activations keep their size and residual branches are small. */
function spread(name: string, shape: readonly number[]): readonly [number, number] {
  if (shape.length > 1) return [0, Math.sqrt(6 / product(shape.slice(1)))]
  if (name.endsWith('running_var')) return [1, 0.5]
  if (!name.endsWith('weight')) return [0, 0.2]
  if (shape[0] === 1) return [0.25, 0.1]
  return name.endsWith('bn2.weight') ? [0.3, 0.075] : [1, 0.25]
}

/**
 * Weights for a network of which only names and shapes are known: the same numbers here and in seeded.py, bit for bit. With
 * them a fixture of a large network is the reference's answers and no network.
 */
export const seededState = (shapes: Readonly<Record<string, readonly number[]>>): Map<string, SeededTensor> =>
  new Map(
    Object.entries(shapes).map(([name, shape]) => {
      const [centre, half] = spread(name, shape)
      const key = keyOf(name)
      const data = new Float32Array(product(shape))
      for (let i = 0; i < data.length; i++) data[i] = centre + half * uniform(i, key)
      return [name, { dtype: 'float32', shape, data }]
    }),
  )

/** Uniform noise, so that no two values are equal and no maximum is a tie: there single precision would choose by chance. */
export function noise(width: number, height: number): Image {
  const key = keyOf(`noise ${width}x${height}`)
  const data = Float32Array.from({ length: 3 * width * height }, (_, i) => 0.5 + 0.5 * uniform(i, key))
  return { width, height, data }
}
