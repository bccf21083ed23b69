import { readFileSync } from 'node:fs'
import facpa from '@cupel/attacks-facpa'
import { imageOf } from '@cupel/core'
import { conformance } from '@cupel/core/conformance'
import { imageIn, type Recording, smallNetwork, trainingParity, unpack } from '@cupel/descent/parity'
import { seededState } from '@cupel/metric-parity'
import { describe, expect, test } from 'vitest'
import { generator } from '../src/generator.js'
import { unetShapes } from '../src/unet.js'

const fixture = (name: string) => JSON.parse(readFileSync(new URL(`../fixtures/${name}.json`, import.meta.url), 'utf8'))
const recording: Recording = fixture('trained')
const x = imageIn(recording, recording.source)

// The published training takes thousands of steps: a faster one on a narrower generator shows that it learns.
describe('conformance', () => conformance(facpa, test, { options: { channels: 4, epochs: 6, lr: 0.02 } }))

const difference = (a: Float32Array, b: Float32Array): number =>
  Math.sqrt(a.reduce((sum, value, i) => sum + (value - b[i]!) ** 2, 0) / b.reduce((sum, value) => sum + value ** 2, 0))

test('the generator and its derivative are those of PyTorch', async () => {
  const U = generator(4, 'cpu')
  const weights = Float32Array.from([...seededState(unetShapes(4)).values()].flatMap(({ data }) => [...data]))
  const { u, gradient } = fixture('generator')
  expect(difference(await U.generate(x, weights), unpack(u))).toBeLessThan(1e-5)
  const cotangent = Float32Array.from(x.data, (_, i) => Math.cos(i))
  expect(difference(await U.toWeights(x, weights, cotangent), unpack(gradient))).toBeLessThan(1e-4)
  await U.dispose()
})

test('tiles give what the whole gives', async () => {
  const large = imageOf(151, 118, (i) => 0.5 + 0.5 * Math.sin(i * i))
  const weights = Float32Array.from([...seededState(unetShapes(2)).values()].flatMap(({ data }) => [...data]))
  const cotangent = Float32Array.from(large.data, (_, i) => Math.cos(i))
  const [whole, parts] = [generator(2, 'cpu'), generator(2, 'cpu', 64)]
  const u = await whole.generate(large, weights)
  const tiled = await parts.generate(large, weights)
  expect(Math.max(...tiled.map((value, i) => Math.abs(value - u[i]!)))).toBeLessThan(1e-6)
  const gradient = await whole.toWeights(large, weights, cotangent)
  expect(difference(await parts.toWeights(large, weights, cotangent), gradient)).toBeLessThan(1e-5)
  await expect(parts.generate(large, weights, AbortSignal.timeout(1))).rejects.toThrow('timeout')
  await Promise.all([whole.dispose(), parts.dispose()])
})

trainingParity('FACPA', facpa, { channels: 4, epochs: 3, eps: '8/255', lr: 0.005 }, recording, test)

test('untrained, or trained with another width, it says what to do', async () => {
  await expect(facpa().run(x, smallNetwork())).rejects.toThrow(/--train/)
  await expect(facpa.open({ channels: 4 }, { prepared: new Uint8Array(12) })).rejects.toThrow(/train it again/)
})
