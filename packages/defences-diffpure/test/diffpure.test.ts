import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { createRandom, type Defence, type Image, imageOf } from '@cupel/core'
import { conformance } from '@cupel/core/conformance'
import { withoutWeights } from '@cupel/defence-parity'
import { readImage } from '@cupel/image'
import { photographs } from '@cupel/photographs'
import { afterAll, describe, expect, test } from 'vitest'
import diffpure from '../src/index.js'

/** Five layers of eight channels with random weights. */
const small = fileURLToPath(new URL('../../diffusion/fixtures/bf-cnn.pt', import.meta.url))
const opened: Defence[] = []
afterAll(() => Promise.all(opened.map((one) => one.dispose?.())))
const open = async (options: object, path = small): Promise<Defence> => {
  const defence = await diffpure.open(options, { weights: async () => path })
  opened.push(defence)
  return defence
}
const context = (seed = 0, signal = new AbortController().signal) => ({ random: createRandom(seed), signal })

describe('two steps', () => conformance(diffpure, test, { options: { t: 2 }, weights: { 'bf-cnn': small } }))

const texture = imageOf(26, 21, (i) => 0.5 + 0.4 * Math.sin(0.13 * i + 0.7 * Math.floor(i / 26)))
const mean = (data: Float32Array) => data.reduce((sum, value) => sum + value, 0) / data.length
const rms = (a: Image, b: Image) => Math.sqrt(mean(a.data.map((value, i) => (value - b.data[i]!) ** 2)))
const dot = (a: Float32Array, b: Float32Array) => a.reduce((sum, value, i) => sum + value * b[i]!, 0)

test('t = 0 is the identity, exactly, and depends on no seed', async () => {
  const { data, pullback } = await (await open({ t: 0 })).purify(texture)
  expect(data).toEqual(texture.data)
  expect((await pullback!(texture.data)).gradient).toEqual(texture.data)
  expect(diffpure.facts(diffpure.parse({ t: 0 })).random).toBe(false)
})

test('t = 0 at 256 is a resize there and back, the adjoint of which is its pullback', async () => {
  const { data, pullback, ...size } = await (await open({ t: 0, size: '256' })).purify(texture)
  expect(size).toMatchObject({ width: 26, height: 21 })
  expect(rms({ ...texture, data }, texture)).toBeGreaterThan(1e-4)
  expect(rms({ ...texture, data }, texture)).toBeLessThan(0.05)
  const y = createRandom(1).normals(data.length)
  const there = dot(data, y)
  expect(dot(texture.data, (await pullback!(y)).gradient) / there).toBeCloseTo(1, 4)
})

describe.each(['ddpm', 'ddim', 'sde'])('%s', (sampler) => {
  test.each([{ t: 3 }, { t: 40, steps: 5 }, { t: 3, size: 'tiled' }, { t: 3, size: '256' }])(
    'the pullback is the derivative, the noise held: %o',
    async (options) => {
      const defence = await open({ sampler, ...options })
      const y = createRandom(2).normals(texture.data.length)
      const purified = await defence.purify(texture, context())
      const { gradient, kind } = await purified.pullback!(y)
      expect(kind).toBe('exact')
      const moved = async (step: number) => {
        const data = texture.data.map((value, i) => value + step * gradient[i]!)
        return dot((await defence.purify({ ...texture, data }, context())).data, y)
      }
      const step = 2e-3 / gradient.reduce((most, g) => Math.max(most, Math.abs(g)), 0)
      const found = ((await moved(step)) - (await moved(-step))) / (2 * step)
      expect(Math.abs(found / dot(gradient, gradient) - 1)).toBeLessThan(0.01)
    },
  )
})

test('fewer steps than t are walked, and not more than t', async () => {
  const [all, many, few] = await Promise.all(
    [{ t: 6 }, { t: 6, steps: 50 }, { t: 6, steps: 2 }].map(async (options) => (await open(options)).purify(texture)),
  )
  expect(many!.data).toEqual(all!.data)
  expect(few!.data).not.toEqual(all!.data)
})

test('passing it over has no pullback, so that the identity stands in', async () => {
  expect((await (await open({ t: 2, gradient: 'identity' })).purify(texture)).pullback).toBeUndefined()
  expect(diffpure.facts(diffpure.parse({ gradient: 'identity' })).gradient).toBeUndefined()
})

test('a step that the prior does not know is refused, and so are steps that do not exist', async () => {
  expect(() => diffpure({ t: 215 })).toThrow(/diffpure, t: found 215, expected at most 214 with the prior bf-cnn/)
  expect(diffpure.parse({ t: 214 }).t).toBe(214)
  expect(diffpure.parse({ t: 215, prior: 'adm' }).t).toBe(215)
  expect(() => diffpure({ t: 1, size: '256', unknown: 1 } as object)).toThrow(/unknown/)
  expect(() => diffpure({ t: 1001 })).toThrow(/diffpure.*t:/)
  expect(() => diffpure({ t: -1 })).toThrow(/diffpure.*t:/)
})

test('an abort during a long purification ends it', async () => {
  const stop = new AbortController()
  const purified = (await open({ t: 200 })).purify(texture, context(0, stop.signal))
  setTimeout(() => stop.abort(new Error('enough')), 20)
  await expect(purified).rejects.toThrow('enough')
})

test('without the file of the U-Net it says which and how to get it', async () => {
  expect(await withoutWeights(() => diffpure(diffpure.variants['diffpure-adm']))).toMatch(
    /256x256_diffusion_uncond\.pt.*cupel weights pull/,
  )
})

const data = process.env['CUPEL_DATA'] ?? fileURLToPath(new URL('../../../../shared/data', import.meta.url))
const official = `${data}/weights/bf-cnn/BF_CNN_BSD300_color_0to100.pt`
describe.skipIf(!existsSync(official))(
  existsSync(official) ? 'with the authors’ weights' : `with the authors’ weights (${official} is not there)`,
  () => {
    test('noise of an attack’s size goes, the photograph stays', async () => {
      const photo = await readImage(photographs[0]!.path)
      const [left, top, side] = [40, 40, 96]
      const clean = imageOf(side, side, (i) => {
        const [c, y, x] = [Math.floor(i / side ** 2), Math.floor(i / side) % side, i % side]
        return photo.data[(c * photo.height + top + y) * photo.width + left + x]!
      })
      const signs = createRandom(5).uniforms(clean.data.length)
      const attacked = {
        ...clean,
        data: clean.data.map((value, i) => Math.min(1, Math.max(0, value + ((signs[i]! < 0.5 ? -1 : 1) * 10) / 255))),
      }
      const purified = await (await open({ t: 30, steps: 6 }, official)).purify(attacked, context())
      expect(rms(attacked, clean)).toBeGreaterThan(0.03)
      expect(rms(purified, clean)).toBeLessThan(0.75 * rms(attacked, clean))
    })
  },
)
