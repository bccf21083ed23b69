import { createRandom, type Image, imageOf, isUnavailable } from '@cupel/core'
import { tensor, type Value } from '@cupel/graph'
import { type Extent, fromHwio, networkDefence, sizesOf } from '@cupel/network-defence'
import { describe, expect, test } from 'vitest'

const random = createRandom('network-defence')
const kernel = (name: string, outputs: number, inputs: number) =>
  tensor(
    random
      .fork(name)
      .normals(outputs * inputs * 9)
      .map((value) => value / Math.sqrt(9 * inputs)),
    [outputs, inputs, 3, 3],
  )
const image = (width: number, height: number): Image => {
  const values = random.fork(width, height).uniforms(3 * width * height)
  return imageOf(width, height, (i) => values[i]!)
}
const context = (signal = new AbortController().signal) => ({ random: createRandom(0), signal })

/** Three convolutions: a reach of 3. */
const local = (x: Value) => {
  const conv = (value: Value, name: string, outputs: number, inputs: number) =>
    value.conv(value.graph.constant(kernel(name, outputs, inputs)), undefined, { pad: 1 })
  return conv(conv(conv(x, 'a', 6, 3).relu(), 'b', 6, 6).tanh(), 'c', 3, 6).add(0.5)
}
/** The same on blocks of 2 x 2, and the result twice as large. */
const blocky = (x: Value) => {
  const [, , height, width] = x.sides()
  const even = x.pad([0, 0, height! % 2, width! % 2], 'edge')
  const small = local(even.averagePool(2))
  const large = x.graph
    .concat(new Array<Value>(16).fill(small), 1)
    .op('DepthToSpace', [], { blocksize: 4, mode: 'CRD' })
  return large.slice([2, 3], [0, 0], [2 * height!, 2 * width!])
}
const defence = (extent: Extent, build: typeof local = local, rest = {}) =>
  networkDefence((_, x) => build(x), { name: 'toy', device: 'cpu', extent, ...rest })

const apart = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Array.from(a).reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0)

describe.each([
  { name: 'same size', build: local, extent: { reach: 3 }, scale: 1 },
  { name: 'twice the size, on a grid', build: blocky, extent: { reach: 8, grid: 2 }, scale: 2 },
])('tiles give what the whole image gives: $name', ({ build, extent, scale }) => {
  test.each([
    [61, 47],
    [64, 20],
    [21, 90],
  ])('%i x %i', async (width, height) => {
    const input = image(width, height)
    const whole = await defence({ ...extent, window: 512 }, build, { scale }).purify(input, context())
    const tiled = await defence({ ...extent, window: 30 }, build, { scale }).purify(input, context())
    expect([tiled.width, tiled.height]).toEqual([scale * width, scale * height])
    expect(apart(tiled.data, whole.data)).toBeLessThan(2e-6)
    const cotangent = random.fork('cotangent').normals(whole.data.length)
    const [a, b] = await Promise.all([whole, tiled].map((purified) => purified.pullback!(cotangent)))
    expect(a!.kind).toBe('exact')
    expect(apart(a!.gradient, b!.gradient)).toBeLessThan(2e-5)
    expect(apart(a!.gradient, new Float32Array(input.data.length))).toBeGreaterThan(0.1)
  })
})

test('the result is clamped, and its derivative is zero where it was', async () => {
  const bright = networkDefence((_, x) => x.mul(3).sub(1), { name: 'toy', device: 'cpu', extent: { reach: 0 } })
  const input = imageOf(1, 1, (i) => [0.1, 0.5, 0.9][i]!)
  const purified = await bright.purify(input, context())
  expect([...purified.data]).toEqual([0, 0.5, 1])
  expect([...(await purified.pullback!(new Float32Array(3).fill(1))).gradient]).toEqual([0, 3, 0])
})

test('a network that looks at the whole image refuses what is too large for it, or tiles it if asked', async () => {
  const centred = (x: Value) => x.sub(x.mean([2, 3])).add(0.5)
  const input = image(40, 30)
  await defence({ whole: 1200, large: 'refuse' }, centred).purify(input, context())
  await expect(defence({ whole: 1199, large: 'refuse' }, centred).purify(input, context())).rejects.toSatisfy(
    (error: Error) => isUnavailable(error) && /toy .*1,199 pixels, found 40 x 30.*large: 'tile'/.test(error.message),
  )
  const large = image(200, 150)
  const tiled = await defence({ whole: 10_000, large: 'tile' }, centred).purify(large, context())
  const whole = await defence({ whole: 30_000, large: 'tile' }, centred).purify(large, context())
  expect([tiled.width, tiled.height]).toEqual([200, 150])
  expect(tiled.notes).toEqual({ flag: 'tiled', tiles: 12 })
  expect(whole.notes).toBeUndefined()
  // Every tile has a mean of its own.
  expect(apart(tiled.data, whole.data)).toBeGreaterThan(1e-4)
  expect(apart(tiled.data, whole.data)).toBeLessThan(0.05)
  await expect(defence({ reach: 0 }, centred, { most: 1199 }).purify(input, context())).rejects.toThrow(
    /40 x 30 pixels, expected at most 1,199/,
  )
})

test('tiles that change nothing are not noted', async () => {
  const purified = await defence({ reach: 3, window: 20 }).purify(image(60, 50), context())
  expect(purified.notes).toBeUndefined()
})

test('what it says of sizes are the numbers that it uses', () => {
  expect(sizesOf({})).toBe('tiles above 384 x 384, to the same result')
  expect(sizesOf({ window: 320 }, 1000)).toBe(
    'tiles above 320 x 320, to the same result; results of up to 1,000 pixels',
  )
  expect(sizesOf({ whole: 2 ** 21, large: 'refuse' })).toBe(
    'whole up to 2,097,152 pixels, larger refused unless `large: tile`',
  )
  expect(sizesOf({ whole: 2 ** 21, large: 'tile' })).toMatch(/whole up to 2,097,152 pixels, larger in tiles .*`tiled`/)
})

test('an abort in the middle ends it between two tiles', async () => {
  const controller = new AbortController()
  const reason = new Error('enough')
  let runs = 0
  const counting = (x: Value) => {
    runs++
    setImmediate(() => controller.abort(reason))
    return local(x)
  }
  const input = image(400, 300)
  const purifying = defence({ reach: 3, window: 20 }, counting).purify(input, context(controller.signal))
  await expect(purifying).rejects.toBe(reason)
  expect(runs).toBe(1)
})

test('a device that is not there makes it unavailable, saying so', async ({ skip }) => {
  const elsewhere = networkDefence((_, x) => local(x), { name: 'toy', device: 'cuda', extent: { reach: 3 } })
  const error: unknown = await elsewhere.purify(image(8, 8), context()).then(
    () => skip('CUDA is there'),
    (error: unknown) => error,
  )
  expect(isUnavailable(error)).toBe(true)
  expect((error as Error).message).toMatch(/device "cuda"/)
})

test('a kernel of TensorFlow is turned', () => {
  const data = Float32Array.from({ length: 24 }, (_, i) => i)
  const turned = fromHwio({ dtype: 'float32', shape: [1, 3, 2, 4], data })
  expect(turned.shape).toEqual([4, 2, 1, 3])
  // Row 0, column 2, input 1, output 3.
  expect(turned.data[3 * 6 + 1 * 3 + 2]).toBe(2 * 8 + 1 * 4 + 3)
})
