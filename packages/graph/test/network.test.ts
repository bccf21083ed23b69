import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import {
  differentiate,
  footprint,
  GraphError,
  graph,
  network,
  open,
  type Picture,
  pixels,
  readModel,
  specialised,
  tensor,
  writeModel,
} from '../src/index.js'

const fixture = (name: string) => fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url))

interface Size {
  readonly height: number
  readonly width: number
  readonly score: number
  readonly norm: number
  readonly float32: number
  readonly gradient: readonly number[]
}

const picture = (width: number, height: number): Picture => ({
  width,
  height,
  data: Float32Array.from(
    { length: 3 * width * height },
    (_, index) => 0.5 + 0.5 * Math.sin(index * 0.731 + Math.cos(index * 0.113)),
  ),
})

describe('a network exported from PyTorch', () => {
  const sizes: readonly Size[] = JSON.parse(readFileSync(fixture('network.json'), 'utf8'))
  const model = readModel(fixture('network.onnx'))

  it.each(sizes)(
    'has the score and the gradient of PyTorch in float64 at $width x $height',
    async ({ width, height, score, norm, float32, gradient }) => {
      const net = network(model)
      const found = await net.gradient(picture(width, height))
      expect(Math.abs(found.score - score)).toBeLessThan(1e-5 * Math.abs(score))
      expect(Math.abs((await net.score(picture(width, height))) - score)).toBeLessThan(1e-5 * Math.abs(score))
      const distance = Math.hypot(...gradient.map((value, index) => value - found.gradient[index]!)) / norm
      // Single precision is off by so much in PyTorch itself.
      expect(distance).toBeLessThan(2 * float32 + 1e-5)
      await net.dispose()
    },
  )
})

/** Local contrast of gray patches of 8 x 8 pixels, as patch-wise metrics take it from images of any size. */
const patches = network((g, image) => {
  const weights = g.parameter(
    'features',
    tensor(
      Float32Array.from({ length: 6 * 9 }, (_, index) => Math.sin(3.1 * index)),
      [6, 1, 3, 3],
    ),
  )
  const gray = image.mul(g.constant(tensor([0.299, 0.587, 0.114], [1, 3, 1, 1]))).sum([1])
  const counts = gray
    .sizes([2, 3])
    .sub(1)
    .op('Div', [g.constant(8, 'int64')])
  const inside = gray.slice([2, 3], [0, 0], counts.mul(g.constant(8, 'int64')))
  const patch = inside.op('SpaceToDepth', [], { blocksize: 8 }).transpose([0, 2, 3, 1]).reshape([-1, 1, 8, 8])
  const padded = patch.pad([1, 1, 1, 1], 'edge')
  const mean = padded.averagePool(3, { stride: 1 })
  const variance = padded.mul(padded).averagePool(3, { stride: 1 }).sub(mean.mul(mean)).relu()
  const even = patch.sub(mean).div(variance.add(1e-4).sqrt().add(1))
  const maps = even.conv(weights)
  return g
    .concat([maps.max([2, 3]), maps.min([2, 3])], 1)
    .pow(2)
    .mean()
})

describe('network', () => {
  it('scores images of any size in one session, and differentiates each size', async () => {
    for (const [width, height] of [
      [33, 17],
      [20, 41],
    ] as const) {
      const image = picture(width, height)
      const { score, gradient } = await patches.gradient(image)
      expect(Math.abs((await patches.score(image)) - score)).toBeLessThan(1e-5)
      const direction = gradient.map((value, index) => Math.sign(value) + 0.3 * Math.sin(index))
      const at = (by: number) =>
        patches.score({ ...image, data: image.data.map((value, index) => value + by * direction[index]!) })
      const step = 2 ** -13 // small: maxima move from one element to another
      const numeric = ((await at(step)) - (await at(-step))) / (2 * step)
      const exact = gradient.reduce((sum, value, index) => sum + value * direction[index]!, 0)
      expect(exact).toBeGreaterThan(0.1)
      expect(Math.abs(numeric - exact)).toBeLessThan(0.01 * exact)
    }
    await patches.dispose()
  })

  it('opens again after it was disposed of', async () => {
    const image = picture(20, 20)
    const score = await patches.score(image)
    await patches.dispose()
    expect(await patches.score(image)).toBe(score)
    await patches.dispose()
  })

  it('refuses data that is no image of that size', async () => {
    await expect(patches.score({ width: 5, height: 5, data: new Float32Array(74) })).rejects.toThrow(
      /5x5 has 75 numbers, got 74/,
    )
  })

  it('reports a mistake in building it from the call, not before', async () => {
    const wrong = network((_, image) => image.reshape([7, -1]).matmul(image))
    await expect(wrong.score(picture(4, 4))).rejects.toThrow(GraphError)
    await expect(wrong.gradient(picture(4, 4))).rejects.toThrow(/cannot reshape \[1,3,4,4\] to \[7,-1\]/)
  })
})

describe('specialised', () => {
  const make = (shapes: Readonly<Record<string, readonly number[]>>) =>
    differentiate(readModel(fixture('network.onnx')), { of: 'score', wrt: 'image', shapes })

  it('keeps the sessions used last within its bytes', async () => {
    const pool = specialised(make, { cacheBytes: 3.5 * footprint(make({ image: [1, 3, 24, 24] })) })
    const first = await pool.run({ image: pixels(picture(24, 24)) })
    for (let side = 25; side < 29; side++) await pool.run({ image: pixels(picture(side, 24)) })
    expect(pool.size).toBe(3)
    expect(await pool.run({ image: pixels(picture(24, 24)) })).toEqual(first)
    await pool.dispose()
    expect(pool.size).toBe(0)
  })

  it('runs even what is larger than its bytes, and several at once', async () => {
    const pool = specialised(make, { cacheBytes: 1 })
    const alone = await pool.run({ image: pixels(picture(24, 24)) })
    const together = await Promise.all([24, 25, 26, 24].map((side) => pool.run({ image: pixels(picture(side, 24)) })))
    expect(together[0]).toEqual(alone)
    expect(together[3]).toEqual(alone)
    await pool.dispose()
  })

  it('ends what is running before it closes', async () => {
    const pool = specialised(make)
    const feeds = { image: pixels(picture(24, 24)) }
    const alone = await pool.run(feeds)
    const running = pool.run(feeds)
    await pool.dispose()
    expect(await running).toEqual(alone)
  })

  it('does not keep what could not be made', async () => {
    const pool = specialised(() => {
      throw new Error('no')
    })
    await expect(pool.run({ image: pixels(picture(24, 24)) })).rejects.toThrow('no')
    expect(pool.size).toBe(0)
  })
})

it('opens a large model from a file that it optimises first: the same results, to the bit', async () => {
  const length = 9_000_000
  const weight = Float32Array.from({ length }, (_, index) => Math.sin(index * 0.37))
  const g = graph()
  const x = g.input('x', [1, 16, 'height', 'width'])
  const kernel = g.parameter('kernel', tensor(weight.subarray(0, 32 * 16 * 9), [32, 16, 3, 3]))
  const maps = x.conv(kernel).relu().globalAveragePool().flatten()
  for (const name of ['a', 'b']) {
    g.output(name, maps.matmul(g.parameter(`${name}.weight`, tensor(weight, [32, length / 32]))).sum([1]))
  }
  const feeds = { x: tensor(weight.subarray(0, 16 * 60), [1, 16, 10, 6]) }
  const results = []
  for (const model of [g.model(), writeModel(g.model())]) {
    const session = await open(model)
    results.push(await session.run(feeds))
    await session.dispose()
  }
  expect(results[0]).toEqual(results[1])
})
