import { readFileSync } from 'node:fs'
import type { Image, Metric } from '@cupel/core'
import type { Tensor } from '@cupel/graph'
import { parity, picture, seededState } from '@cupel/metric-parity'
import { type Distance, distsOf, distsShapes, type LpipsNetwork, lpipsOf, lpipsShapes } from '@cupel/perceptual'
import { afterAll, describe, expect, test } from 'vitest'

/** Heads and mixing weights are not negative. */
const positive = (state: Map<string, Tensor<'float32'>>): Map<string, Tensor<'float32'>> =>
  new Map([...state].map(([name, value]) => [name, { ...value, data: value.data.map(Math.abs) }]))

function seeded(name: string): Distance {
  const { backbone, ...rest } = name === 'dists' ? distsShapes : lpipsShapes(name as LpipsNetwork)
  const others = Object.assign({}, ...Object.values(rest)) as Record<string, readonly number[]>
  const state = new Map([...seededState(backbone), ...positive(seededState(others))])
  return name === 'dists' ? distsOf(state) : lpipsOf(name as LpipsNetwork, state)
}

const open = new Map<string, Distance>()
function of(name: string): Distance {
  if (!open.has(name)) open.set(name, seeded(name))
  return open.get(name)!
}
afterAll(() => Promise.all([...open.values()].map((one) => one.dispose())))

const reference = ({ width, height, data }: Image): Image => ({
  width,
  height,
  data: data.map((_, i) => Math.fround(0.7) * data[i - (i % width) + width - 1 - (i % width)]!),
})

/** The distance to a fixed function of the image, as a metric. */
const metricOf = (name: string): Metric => ({
  better: 'lower',
  range: [0, 1],
  score: (image) => of(name).value(image, reference(image)),
  async gradient(image) {
    const { value, gradient } = await of(name).gradient(image, reference(image))
    return { score: value, gradient, kind: 'exact' }
  },
})

describe.each(['alex', 'squeeze', 'vgg', 'dists'])('%s on a seeded network', (name) => {
  const recording = JSON.parse(readFileSync(new URL(`../fixtures/${name}.json`, import.meta.url), 'utf8'))
  parity(name, () => metricOf(name), recording, test)
})

test.each(['vgg', 'dists'])('%s: an image is like itself, and less like another', async (name) => {
  const image = picture(51, 40)
  const { value, gradient } = await of(name).gradient(image, image)
  expect(Math.abs(value)).toBeLessThan(1e-6)
  expect(gradient.every(Number.isFinite)).toBe(true)
  expect(await of(name).value(image, reference(image))).toBeGreaterThan(1e-3)
})
