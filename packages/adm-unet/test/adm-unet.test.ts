import { readFileSync } from 'node:fs'
import { linearSchedule } from '@cupel/diffusion'
import { seededState } from '@cupel/metric-parity'
import { expect, test } from 'vitest'
import { adm, admPrior, imagenet256, layoutOf, shapesOf } from '../src/index.js'

const fixture = (name: string) => new URL(`../fixtures/${name}`, import.meta.url)
const read = (name: string) => JSON.parse(readFileSync(fixture(name), 'utf8'))

/** REDUCED of fixtures/make.py. */
const reduced = { channels: 64, blocks: 1, multipliers: [1, 1, 2], attention: [4], headChannels: 64 }
const keys = read('keys.json') as { tensors: number; parameters: number; reduced: Record<string, number[]> }

const wave = (count: number, seed: number) =>
  Float32Array.from({ length: count }, (_, i) => Math.sin(0.37 * i * i + 1.3 * i + 5.1 * seed))
const distance = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Math.max(...Array.from(a, (value, i) => Math.abs(value - b[i]!))) / Math.max(...Array.from(b, Math.abs))

test('the tensors are those of the restatement, by name and shape', () => {
  expect(shapesOf(reduced)).toEqual(keys.reduced)
})

test('the full network has the published number of parameters', () => {
  const shapes = Object.values(shapesOf(imagenet256))
  expect(shapes).toHaveLength(keys.tensors)
  expect(shapes.reduce((sum, shape) => sum + shape.reduce((a, b) => a * b, 1), 0)).toBe(keys.parameters)
})

test('attention is at 32, 16 and 8 positions a side of 256, on both ways and between', () => {
  const { down, middle, up } = layoutOf(imagenet256)
  const attending = (layers: readonly (readonly { kind: string }[])[]) =>
    layers.flatMap((block, i) => (block.some(({ kind }) => kind === 'attention') ? [i] : []))
  expect(attending(down)).toEqual([10, 11, 13, 14, 16, 17])
  expect(attending([middle])).toEqual([0])
  expect(attending(up)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8])
})

const cases = read('recorded.json') as {
  width: number
  height: number
  step: number
  prediction: number[]
  gradient: number[]
}[]

test.each(cases)('prediction and pullback are PyTorch’s at $width x $height, step $step', async (one) => {
  const { width, height, step, prediction, gradient } = one
  const prior = admPrior(seededState(shapesOf(reduced)), reduced)
  const picture = { width, height, data: wave(3 * width * height, 1) }
  const level = linearSchedule().level(step)
  const { noise, range } = await prior.predict(picture, level)
  expect(distance([...noise, ...range!], prediction)).toBeLessThan(1e-4)
  const cotangent = wave(2 * noise.length, 2)
  const [first, second] = [cotangent.subarray(0, noise.length), cotangent.subarray(noise.length)]
  const back = await prior.pullback(picture, level, { noise: first, range: second })
  expect(distance(back, gradient)).toBeLessThan(1e-4)
  await prior.dispose()
})

test('the file of another network is refused', async () => {
  await expect(adm(fixture('keys.json').pathname)).rejects.toThrow(/keys\.json/)
})
