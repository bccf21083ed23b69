import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import type { Image, Metric } from '@cupel/core'
import { conformance } from '@cupel/core/conformance'
import { readImage } from '@cupel/image'
import { parity, picture, type Recording } from '@cupel/metric-parity'
import cnniqa from '@cupel/metrics-cnniqa'
import { afterAll, describe, expect, test } from 'vitest'

const fixture = (name: string) => new URL(`../fixtures/${name}`, import.meta.url)
const recording = (name: string): Recording => JSON.parse(readFileSync(fixture(name), 'utf8'))

const folder = mkdtempSync(join(tmpdir(), 'cupel-cnniqa-'))
afterAll(() => rmSync(folder, { recursive: true }))
const random = join(folder, 'CNNIQA-LIVE')
writeFileSync(random, gunzipSync(readFileSync(fixture('weights.gz'))))

const data = process.env['CUPEL_DATA'] ?? fileURLToPath(new URL('../../../../shared/data', import.meta.url))
const live = join(data, 'weights', 'cnniqa', 'CNNIQA-LIVE')
const demo = join(data, 'weights', 'cnniqa', 'I03_01_1.bmp')

const withWeights = (path: string, options = {}): Promise<Metric> => cnniqa.open(options, { weights: async () => path })

describe('conformance', () => conformance(cnniqa, test, { weights: { 'CNNIQA-LIVE': random } }))

parity('random weights', () => withWeights(random), recording('random.json'), test)

describe.skipIf(!existsSync(live))(
  `official weights${existsSync(live) ? '' : ` (skipped: ${live} is not there)`}`,
  () => {
    parity('official weights', () => withWeights(live), recording('live.json'), test)

    test.skipIf(!existsSync(demo))(
      `the demo image scores as the official code says${existsSync(demo) ? '' : ` (skipped: ${demo} is not there)`}`,
      async () => {
        const image = await readImage(demo)
        expect(await (await withWeights(live)).score(image)).toBeCloseTo(18.04, 2)
        expect(await (await withWeights(live, { gray: 'rounded' })).score(image)).toBeCloseTo(18.13, 2)
      },
    )
  },
)

const cropped = ({ width, height, data }: Image, [w, h]: readonly [number, number]): Image => ({
  width: w,
  height: h,
  data: Float32Array.from(
    { length: 3 * w * h },
    (_, i) => data[Math.floor(i / w) * width + (i % w) + (height - h) * width * Math.floor(i / (w * h))]!,
  ),
})

test('the last 32 pixels of a side begin no patch, and a side of 32 has one', async () => {
  const metric = await withWeights(random)
  const image = picture(65, 64)
  const first = await metric.score(cropped(image, [64, 64]))
  expect(await metric.score(cropped(image, [33, 40]))).toBe(first)
  expect(await metric.score(cropped(image, [32, 32]))).toBe(first)
  expect(await metric.score(image)).not.toBe(first)
  await metric.dispose?.()
})

test('rounded gray scores an image as its gray, whatever its colours, and passes the gradient over the rounding', async () => {
  const [rounded, unrounded] = [await withWeights(random, { gray: 'rounded' }), await withWeights(random)]
  const image = picture(64, 64)
  const area = 64 * 64
  const gray = Float32Array.from({ length: area }, (_, i) => {
    const [r, g, b] = [0, 1, 2].map((c) => Math.round(255 * image.data[i + c * area]!))
    return ((19595 * r! + 38470 * g! + 7471 * b! + 32768) >> 16) / 255
  })
  const asGray = { ...image, data: Float32Array.from({ length: 3 * area }, (_, i) => gray[i % area]!) }
  expect(await rounded.score(image)).toBe(await unrounded.score(asGray))
  expect(await rounded.score(image)).not.toBe(await unrounded.score(image))
  const { gradient, kind } = await rounded.gradient!(image)
  expect(kind).toBe('surrogate')
  expect(gradient).toEqual((await unrounded.gradient!(asGray)).gradient)
})

test('the file of another network is refused with the keys that tell', async () => {
  await expect(withWeights(fileURLToPath(fixture('random.json')))).rejects.toThrow(/random\.json/)
})

test('without weights it says which file and the command that brings it', async () => {
  const { CUPEL_CACHE } = process.env
  process.env['CUPEL_CACHE'] = folder
  await expect(cnniqa().score(picture(64, 48))).rejects.toThrow(/CNNIQA-LIVE.*cupel weights pull CNNIQA-LIVE/)
  if (CUPEL_CACHE === undefined) delete process.env['CUPEL_CACHE']
  else process.env['CUPEL_CACHE'] = CUPEL_CACHE
})
