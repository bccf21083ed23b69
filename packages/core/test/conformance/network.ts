import { createRandom, type Image } from '@cupel/core'

const { fround } = Math

const FILTERS = 6
const SIDE = 3
const POOL = 4

const random = createRandom('network')
const kernels = random.fork('kernels').normals(FILTERS * 3 * SIDE * SIDE)
const head = random.fork('head').normals(2 * FILTERS)

/**
 * A convolutional network in single precision: 3x3 convolution (zero padded), ReLU, 4x4 maximum and minimum pooling, global
 * mean, a linear head to about 50. What a metric's rounding noise and kinks look like, without a runtime.
 */
export function network({ width, height, data }: Image): { score: number; gradient: Float32Array } {
  const area = width * height
  const half = SIDE >> 1
  const maps = new Float32Array(FILTERS * area)
  const taps = (visit: (out: number, kernel: number, pixel: number) => void): void => {
    for (let k = 0; k < FILTERS * 3 * SIDE * SIDE; k++) {
      const f = Math.floor(k / (3 * SIDE * SIDE))
      const c = Math.floor(k / (SIDE * SIDE)) % 3
      const down = (Math.floor(k / SIDE) % SIDE) - half
      const across = (k % SIDE) - half
      for (let y = Math.max(0, -down); y < Math.min(height, height - down); y++)
        for (let x = Math.max(0, -across); x < Math.min(width, width - across); x++)
          visit((f * height + y) * width + x, k, (c * height + y + down) * width + x + across)
    }
  }
  taps((out, kernel, pixel) => {
    maps[out] = fround(maps[out]! + fround(kernels[kernel]! * (data[pixel]! - 0.5)))
  })

  const cells = Math.floor(width / POOL) * Math.floor(height / POOL)
  const back = new Float64Array(maps.length)
  let score = 50
  for (let f = 0; f < FILTERS; f++)
    for (let top = 0; top + POOL <= height; top += POOL)
      for (let left = 0; left + POOL <= width; left += POOL) {
        const members = Array.from({ length: POOL * POOL }, (_, k) => {
          return (f * height + top + Math.floor(k / POOL)) * width + left + (k % POOL)
        })
        const pick = (sign: number): number =>
          members.reduce((best, i) => (sign * maps[i]! > sign * maps[best]! ? i : best), members[0]!)
        for (const [i, weight] of [
          [pick(1), head[f]!],
          [pick(-1), head[FILTERS + f]!],
        ] as const) {
          if (maps[i]! <= 0) continue
          score = fround(score + fround((10 * weight * maps[i]!) / cells))
          back[i]! += (10 * weight) / cells
        }
      }

  const gradient = new Float64Array(data.length)
  taps((out, kernel, pixel) => {
    if (back[out] !== 0) gradient[pixel]! += back[out]! * kernels[kernel]!
  })
  return { score, gradient: Float32Array.from(gradient) }
}
