import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { imageOf } from '@cupel/core'
import { conformance } from '@cupel/core/conformance'
import { denoising, parity, withoutWeights } from '@cupel/defence-parity'
import { describe, expect, test } from 'vitest'
import bfCnn from '../src/index.js'
import { purifier } from '../src/purifier.js'

const fixture = (name: string) => fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url))
const recording = (name: string) => JSON.parse(readFileSync(fixture(`${name}.json`), 'utf8'))
const path = fixture('bf-cnn.pt')
const open = (file = path) => bfCnn.open({}, { weights: async () => file })

describe('conformance', () => conformance(bfCnn, test, { weights: { 'bf-cnn': path } }))

parity('random weights', open, recording('random'), test)

denoising(
  'BF_CNN',
  'weights/bf-cnn/BF_CNN_BSD300_color_0to100.pt',
  (path) => purifier(path, 'cpu'),
  recording('psnr'),
  test,
)

test('without biases, an image of half the contrast is denoised to half of what it was', async () => {
  const image = imageOf(40, 30, (i) => 0.2 + (((i * 37) % 101) / 101) * 0.5)
  const halved = { ...image, data: image.data.map((value) => value / 2) }
  const [whole, half] = await Promise.all([image, halved].map(async (one) => (await open()).purify(one)))
  const unclamped = [...whole!.data.entries()].filter(([, value]) => value > 0 && value < 1)
  expect(unclamped.length).toBeGreaterThan(whole!.data.length / 2)
  for (const [i, value] of unclamped) expect(half!.data[i]!).toBeCloseTo(value / 2, 5)
})

test('the file of something else is refused by name', async () => {
  await expect(open(fixture('random.json'))).rejects.toThrow(/random\.json/)
})

test('without the file it says which and the command that brings it', async () => {
  expect(await withoutWeights(bfCnn)).toMatch(/cupel weights pull BF_CNN_BSD300_color_0to100\.pt/)
})
