import { fileURLToPath } from 'node:url'
import { createRandom, imageOf } from '@cupel/core'
import { seededState } from '@cupel/metric-parity'
import { expect, test, vi } from 'vitest'
import diffpure from '../src/index.js'

/** The U-Net of 2.2 GB stands back for one of the same kind with 32 channels and four resolutions; everything else is as it is. */
vi.mock('@cupel/adm-unet', async (original) => {
  const real = await original<typeof import('@cupel/adm-unet')>()
  const small = { channels: 32, blocks: 1, multipliers: [1, 1, 1, 1], attention: [], headChannels: 32 }
  return { ...real, adm: async () => real.admPrior(seededState(real.shapesOf(small)), small) }
})

const anyFile = fileURLToPath(import.meta.url)
const open = (options: object) => diffpure.open({ prior: 'adm', t: 2, ...options }, { weights: async () => anyFile })
const texture = imageOf(40, 30, (i) => 0.5 + 0.4 * Math.sin(0.13 * i))

test('with a learnt variance the pullback is the derivative, and the seed decides', async () => {
  const defence = await open({ size: 'native', t: 3 })
  const draw = (seed: number) => ({ random: createRandom(seed), signal: new AbortController().signal })
  const dot = (a: Float32Array, b: Float32Array) => a.reduce((sum, value, i) => sum + value * b[i]!, 0)
  const y = createRandom(2).normals(texture.data.length)
  const purified = await defence.purify(texture, draw(0))
  expect((await defence.purify(texture, draw(0))).data).toEqual(purified.data)
  expect((await defence.purify(texture, draw(1))).data).not.toEqual(purified.data)
  const { gradient, kind } = await purified.pullback!(y)
  expect(kind).toBe('exact')
  const step = 2e-3 / gradient.reduce((most, g) => Math.max(most, Math.abs(g)), 0)
  const moved = async (length: number) => {
    const data = texture.data.map((value, i) => value + length * gradient[i]!)
    return dot((await defence.purify({ ...texture, data }, draw(0))).data, y)
  }
  const found = ((await moved(step)) - (await moved(-step))) / (2 * step)
  expect(Math.abs(found / dot(gradient, gradient) - 1)).toBeLessThan(0.01)
})

test('it keeps the sides whatever they are, whole and in tiles', async () => {
  for (const size of ['native', 'tiled', '256']) {
    const { width, height } = await (await open({ size })).purify(texture)
    expect([width, height]).toEqual([40, 30])
  }
})

test('a larger image is refused whole and taken in tiles or resized', async () => {
  const large = imageOf(520, 520, () => 0.5)
  const refusal = (await open({ size: 'native' })).purify(large)
  await expect(refusal).rejects.toThrow(/up to 262,144 pixels, found 520 x 520; .*set size: 'tiled'/)
  await expect(refusal).rejects.toMatchObject({ name: 'Unavailable' })
  const resized = await (await open({ size: '256' })).purify(large)
  expect([resized.width, resized.notes]).toEqual([520, undefined])
})

test('only what was cut into tiles is noted', async () => {
  const tiled = await open({ size: 'tiled', t: 1 })
  expect((await tiled.purify(imageOf(258, 20, () => 0.5))).notes).toEqual({ flag: 'tiled', tiles: 2 })
  expect((await tiled.purify(texture)).notes).toBeUndefined()
})
