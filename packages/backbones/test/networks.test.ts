import { readFileSync } from 'node:fs'
import { classifier, type NetworkName, networkNames } from '@cupel/backbones'
import type { Metric } from '@cupel/core'
import { network } from '@cupel/graph'
import { full, noise, parity, type Recording, seededState } from '@cupel/metric-parity'
import { afterAll, describe, expect, test } from 'vitest'

const recording = (name: string): Recording =>
  JSON.parse(readFileSync(new URL(`../fixtures/${name}.json`, import.meta.url), 'utf8'))

/** The networks are large: only one at a time is kept. */
let open: Metric | undefined
afterAll(() => open?.dispose?.())

/** A network with seeded weights as a metric: the length of its output vector. */
async function scored(name: NetworkName): Promise<Metric> {
  await open?.dispose?.()
  const layers = classifier(name)
  const state = seededState(layers.shapes)
  const net = network((g, image) => {
    const y = layers(image, g.parameters(state))
    return y.mul(y).sum().sqrt()
  })
  open = {
    better: 'higher',
    range: [0, 1],
    ...net,
    gradient: async (image) => ({ ...(await net.gradient(image)), kind: 'exact' }),
  }
  return open
}

// Those which take seconds to open, and large images, are compared when CUPEL_FULL is set; their parts are those of the others.
const slow = ['resnet34', 'resnet101', 'resnext101_32x8d', 'vgg16']
const inFull = full(test)

describe.each(networkNames)('%s', (name) => {
  const small = slow.includes(name) ? inFull : test
  // Single precision decides some rectifiers and maxima otherwise: PyTorch's in 7 of these 50 small images and in 7 of the
  // 10 large ones. So most of the small images have to be near, and of the large ones nothing can be asked but a bound.
  const { cases } = recording(name)
  const few = process.env['CUPEL_FULL'] ? cases : cases.slice(0, 3)
  parity(name, () => scored(name), { cases: few }, small, { image: noise, near: Math.ceil(few.length / 2) })
  parity(name, () => scored(name), recording(`${name}.large`), inFull, { image: noise, near: 0 })
})

test('a score session takes every size, and agrees with the gradient session of one', async () => {
  const metric = await scored('squeezenet1_1')
  for (const image of [noise(97, 71), noise(64, 80)]) {
    const { score } = await metric.gradient!(image)
    expect(Math.abs((await metric.score(image)) / score - 1)).toBeLessThan(1e-5)
  }
})

test('they have as many parameters as torchvision says', () => {
  const counted = Object.fromEntries(
    networkNames.map((name) => {
      const trained = Object.entries(classifier(name).shapes).filter(([key]) => !key.includes('running_'))
      return [name, trained.reduce((sum, [, shape]) => sum + shape.reduce((a, b) => a * b, 1), 0)]
    }),
  )
  expect(counted).toEqual({
    resnet18: 11689512,
    resnet34: 21797672,
    resnet50: 25557032,
    resnet101: 44549160,
    resnext101_32x8d: 88791336,
    vgg16: 138357544,
    alexnet: 61100840,
    squeezenet1_0: 1248424,
    squeezenet1_1: 1235496,
    mobilenet_v2: 3504872,
  })
})
