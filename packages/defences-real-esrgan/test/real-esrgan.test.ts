import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { imageOf, isUnavailable } from '@cupel/core'
import { conformance } from '@cupel/core/conformance'
import { parity, safetensors, seededWeights, temporary, withoutWeights } from '@cupel/defence-parity'
import { afterAll, describe, expect, test } from 'vitest'
import realEsrgan, { official, realEsrganOf } from '../src/index.js'
import { compact, rrdbNet } from '../src/network.js'

const fixture = (name: string) => new URL(`../fixtures/${name}`, import.meta.url)
const recording = (name: string) => JSON.parse(readFileSync(fixture(`${name}.json`), 'utf8'))
const { file } = temporary(afterAll)

const full = compact(official.general).shapes
const general: Record<string, string> = {
  general: file('general.pth', safetensors(seededWeights(full, 0.9))),
  wdn: file('wdn.pth', safetensors(seededWeights(full, 0.65))),
}

// Small ones, which differ in their channels and numbers of layers alone.
const designs = { general: { width: 8, depth: 3 }, x4plus: { width: 16, depth: 2 } }
const small: Record<string, string> = {
  general: file('small.pth', safetensors(seededWeights(compact(designs.general).shapes, 0.5))),
  wdn: file('small-wdn.pth', safetensors(seededWeights(compact(designs.general).shapes, 0.4))),
  x4plus: file('small-x4plus.pth', safetensors(seededWeights(rrdbNet(designs.x4plus).shapes, 0.5))),
}
const open = (files: typeof small, plugin: typeof realEsrgan, options = {}) =>
  plugin.open(options, { weights: async (name) => files[name]! })

describe('conformance', () => conformance(realEsrganOf(designs), test, { weights: small }))

parity('random weights, general', () => open(general, realEsrgan), recording('general'), test)
parity(
  'random weights, x4plus',
  () => open(small, realEsrganOf(designs), { model: 'x4plus' }),
  recording('x4plus'),
  test,
)

test('the networks have the parameters of the authors and their names', () => {
  const count = (shapes: Readonly<Record<string, readonly number[]>>) =>
    Object.values(shapes).reduce((sum, shape) => sum + shape.reduce((a, b) => a * b, 1), 0)
  expect(count(full)).toBe(1_213_296)
  expect(Object.keys(full).slice(-3)).toEqual(['body.65.weight', 'body.66.weight', 'body.66.bias'])
  const large = rrdbNet(official.x4plus).shapes
  expect(count(large)).toBe(16_697_987)
  expect(large['body.22.rdb3.conv5.weight']).toEqual([64, 192, 3, 3])
})

test('the share of the network that removes noise goes from one network to the other', async () => {
  const image = imageOf(12, 9, (i) => ((i * 29) % 83) / 83)
  const plugin = realEsrganOf(designs)
  const at = async (files: typeof small, denoise: number) =>
    (await (await open(files, plugin, { denoise })).purify(image)).data
  const exchanged = { general: small['wdn']!, wdn: small['general']! }
  expect(await at(small, 1)).toEqual(await at(exchanged, 0))
  expect(await at(small, 1)).not.toEqual(await at(small, 0))
})

test("the parameters of the authors' files are read from where they are", async () => {
  // Files with one tensor of the network under params, and under params_ema beside others.
  for (const name of ['params', 'params_ema']) {
    const path = fileURLToPath(fixture(`${name}.pth`))
    const refusal = await realEsrgan.open({ model: 'x4plus' }, { weights: async () => path }).catch(String)
    expect(refusal).toMatch(/its 1 tensors are not the 702 expected ones/)
    expect(refusal).not.toMatch(/unexpected|of another shape/)
  }
})

test('more pixels than it can hold are refused, and for x4plus more than it can see at once', async () => {
  const plugin = realEsrganOf(designs)
  const refused = async (options: object, width: number, height: number) => {
    const refusal = await (await open(small, plugin, options))
      .purify(imageOf(width, height, () => 0.5))
      .catch((error) => error)
    expect(isUnavailable(refusal)).toBe(true)
    return String(refusal)
  }
  expect(await refused({}, 4097, 1024)).toMatch(/16388 x 4096 pixels, expected at most 67,108,864/)
  expect(await refused({ model: 'x4plus' }, 513, 384)).toMatch(/196,608 pixels, found 513 x 384.*large: 'tile'/)
})

test('the file of another network is refused by name', async () => {
  await expect(open(small, realEsrgan)).rejects.toThrow(/small\.pth/)
})

test('without the files it says which and the command that brings it', async () => {
  expect(await withoutWeights(realEsrgan)).toMatch(/cupel weights pull realesr-general-x4v3\.pth/)
  expect(await withoutWeights(() => realEsrgan({ model: 'x4plus' }))).toMatch(
    /cupel weights pull RealESRGAN_x4plus\.pth/,
  )
})
