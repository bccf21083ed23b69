import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { imageOf, isUnavailable } from '@cupel/core'
import { conformance } from '@cupel/core/conformance'
import { parity, safetensors, seededWeights, temporary, withoutWeights } from '@cupel/defence-parity'
import { afterAll, describe, expect, test } from 'vitest'
import mprnet, { mprnetOf } from '../src/index.js'
import { mprnetNetwork, official } from '../src/network.js'
import { shapesOf } from '../src/parameters.js'

const fixture = (name: string) => JSON.parse(readFileSync(new URL(`../fixtures/${name}.json`, import.meta.url), 'utf8'))
const { file } = temporary(afterAll)

// A small one, which differs in its channels and its number of blocks alone.
const design = { features: 12, deeper: 4, wider: 8, blocks: 2 }
const shapes = Object.fromEntries(shapesOf((image, p) => mprnetNetwork(image, p, design)))
const weights = seededWeights(shapes, 0.45)
const path = file('model_denoising.pth', safetensors(weights))
const small = mprnetOf(design)
const open = (options = {}) => small.open(options, { weights: async () => path })

describe('conformance', () => conformance(small, test, { weights: { network: path } }))

parity('random weights', open, fixture('small'), test)

test("its tensors are those of the authors' network", () => {
  expect(Object.fromEntries(shapesOf((image, p) => mprnetNetwork(image, p, official)))).toEqual(fixture('names'))
})

test('an image is continued by mirroring, as often as it takes', async () => {
  const at = (column: number, row: number) => ((column * 5 + row * 3) % 7) / 7
  const mirror = (i: number, side: number): number =>
    side === 1 ? 0 : i < side ? i : mirror(Math.abs(2 * side - 2 - i), side)
  for (const [width, height] of [
    [1, 3],
    [9, 5],
  ] as const) {
    const cut = await (await open()).purify(
      imageOf(width, height, (i) => at(i % width, Math.floor(i / width) % height)),
    )
    const [w, h] = [Math.ceil(width / 8) * 8, Math.ceil(height / 8) * 8]
    const whole = await (await open()).purify(
      imageOf(w, h, (i) => at(mirror(i % w, width), mirror(Math.floor(i / w) % h, height))),
    )
    cut.data.forEach((value, i) => {
      const [column, row, plane] = [i % width, Math.floor(i / width) % height, Math.floor(i / width / height)]
      expect(value).toBeCloseTo(whole.data[(plane * h + row) * w + column]!, 5)
    })
  }
})

test('above the stated size an image is refused', async () => {
  const refusal = await (await open()).purify(imageOf(513, 384, () => 0.5)).catch((error: unknown) => error)
  expect(isUnavailable(refusal)).toBe(true)
  expect(String(refusal)).toMatch(/196,608 pixels, found 513 x 384.*large: 'tile'/)
})

test('the file of another network is refused by name', async () => {
  await expect(mprnet.open({}, { weights: async () => path })).rejects.toThrow(/model_denoising\.pth/)
})

test("of the authors' file the state_dict is read, without what DataParallel puts before its names", async () => {
  // It holds one tensor of the network, and no others.
  const nested = { weights: async () => fileURLToPath(new URL('../fixtures/nested.pth', import.meta.url)) }
  const refusal = String(await mprnet.open({}, nested).catch((error: unknown) => error))
  expect(refusal).toMatch(/its 1 tensors are not the \d+ expected ones/)
  expect(refusal).not.toMatch(/unexpected|tail\.weight/)
})

test('without the file it says which, from where, and the command', async () => {
  expect(await withoutWeights(mprnet)).toMatch(
    /model_denoising\.pth.*drive\.google\.com.*cupel weights add PATH --as model_denoising\.pth/,
  )
})
