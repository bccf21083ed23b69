import { createRandom, fromBytes, type Image, imageOf } from '@cupel/core'
import { conformance } from '@cupel/core/conformance'
import { expect, test } from 'vitest'
import medianBlur from '../src/index.js'

conformance(medianBlur, test)

/** The definition: collect, sort, take the middle. */
function plain({ width, height, data }: Image, across: number, down: number): Float32Array {
  const mirrored = (index: number, length: number) =>
    index < 0 ? -index : index >= length ? 2 * (length - 1) - index : index
  return data.map((_, i) => {
    const x = i % width
    const y = Math.floor(i / width) % height
    const values: number[] = []
    for (let v = -(down - 1) / 2; v <= (down - 1) / 2; v++) {
      for (let u = -(across - 1) / 2; u <= (across - 1) / 2; u++) {
        values.push(data[i - x - y * width + mirrored(y + v, height) * width + mirrored(x + u, width)]!)
      }
    }
    return values.sort((a, b) => a - b)[(values.length - 1) / 2]!
  })
}

test.each([3, 5, 9])('values off the 8-bit grid, window %i: the definition, exactly', async (size) => {
  const values = createRandom('median').uniforms(3 * 41 * 33)
  const image = imageOf(41, 33, (i) => values[i]!)
  expect((await medianBlur({ size }).purify(image)).data).toEqual(plain(image, size, size))
})

test('single bright and dark pixels vanish, an edge stays where it is', async () => {
  const image = imageOf(12, 9, (i) => (i % 12 < 6 ? 0.25 : 0.75))
  const speckled = { ...image, data: image.data.slice() }
  speckled.data[3 * 12 + 2] = 1
  speckled.data[6 * 12 + 9] = 0
  expect((await medianBlur().purify(speckled)).data).toEqual(image.data)
})

test('a window larger than a side becomes that side', async () => {
  const values = createRandom('narrow').uniforms(3 * 4 * 9)
  const image = imageOf(4, 9, (i) => values[i]!)
  expect((await medianBlur({ size: 11 }).purify(image)).data).toEqual(plain(image, 3, 9))
  const line = fromBytes(1, 3, [9, 0, 0, 5, 0, 0, 7, 0, 0])
  const { data } = await medianBlur().purify(line)
  // Mirrored: 5 9 5, 9 5 7 and 5 7 5.
  expect([...data.subarray(0, 3)].map((value) => Math.round(value * 255))).toEqual([5, 7, 5])
})

test('where no two values are the same the pullback is the derivative', async () => {
  const values = createRandom('derivative').permutation(3 * 15 * 11)
  const image = imageOf(15, 11, (i) => (values[i]! + 1) / 500)
  const purified = await medianBlur().purify(image)
  const y = createRandom('y').normals(image.data.length)
  const direction = createRandom('direction').normals(image.data.length)
  const value = async (step: number) => {
    // Steps far smaller than the distance between values: no median changes hands.
    const moved = await medianBlur().purify({ ...image, data: image.data.map((v, i) => v + step * direction[i]!) })
    return moved.data.reduce((sum, one, i) => sum + one * y[i]!, 0)
  }
  const step = 2e-4
  const found = ((await value(step)) - (await value(-step))) / (2 * step)
  const { gradient } = await purified.pullback!(y)
  const foretold = gradient.reduce((sum, g, i) => sum + g * direction[i]!, 0)
  expect(Math.abs(foretold)).toBeGreaterThan(1)
  expect(Math.abs(found - foretold) / Math.abs(foretold)).toBeLessThan(1e-3)
})

test('where several values hold the median they share the gradient', async () => {
  const image = imageOf(3, 3, () => 0.5)
  const purified = await medianBlur().purify(image)
  const { gradient } = await purified.pullback!(Float32Array.from(image.data, (_, i) => (i === 4 ? 9 : 0)))
  for (let i = 0; i < 9; i++) expect(gradient[i]).toBeCloseTo(1, 6)
})

test('the pullback stops when it is aborted on the way', async () => {
  const values = createRandom('abort').uniforms(3 * 200 * 150)
  const image = imageOf(200, 150, (i) => values[i]!)
  const stop = new AbortController()
  const purified = await medianBlur({ size: 25 }).purify(image, { random: createRandom(0), signal: stop.signal })
  setImmediate(() => stop.abort(new Error('enough')))
  await expect(purified.pullback!(image.data)).rejects.toThrow('enough')
})
