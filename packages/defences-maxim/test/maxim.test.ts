import { clamped, createRandom, type Image, imageOf } from '@cupel/core'
import { clauses, conformance } from '@cupel/core/conformance'
import { describe, expect, test } from 'vitest'
import maxim from '../src/index.js'

const [width, height] = [60, 50]
const smooth = imageOf(width, height, (i) => {
  const [x, y] = [i % width, Math.floor(i / width) % height]
  return 0.5 + 0.2 * Math.sin(x / 13) + 0.15 * Math.cos(y / 11)
})
const reason = await maxim.open().then(
  (opened) => opened.dispose?.(),
  (error: Error) => error,
)

describe.skipIf(reason)(reason ? `conformance (skipped: ${reason.message})` : 'conformance', () => {
  conformance(maxim, test)

  test('images that would not fit in memory are refused before it starts', async () => {
    const large = imageOf(1025, 1024, () => 0.5)
    await expect(maxim().purify(large)).rejects.toThrow(
      /looks at an image as a whole, up to [\d,]+ pixels, found 1025 x/,
    )
  })

  test('noise goes, the image stays', async () => {
    const noise = createRandom('noise').normals(smooth.data.length)
    const noisy = clamped({ ...smooth, data: smooth.data.map((value, i) => value + 0.1 * noise[i]!) })
    const error = ({ data }: Image) => data.reduce((sum, value, i) => sum + (value - smooth.data[i]!) ** 2, 0)
    expect(error(await maxim().purify(noisy))).toBeLessThan(0.1 * error(noisy))
    expect(error(await maxim().purify(smooth))).toBeLessThan(0.001 * error(noisy))
  }, 120_000)
})

test.skipIf(!reason)('without its model it says what to install', async () => {
  await expect(maxim().purify(smooth)).rejects.toMatchObject({ name: 'Unavailable' })
  await expect(maxim().purify(smooth)).rejects.toThrow(/maxim-denoising.*npm install/)
})

test('its definition keeps to the contract wherever it runs', async () => {
  for (const { check } of clauses(maxim).slice(0, 4)) await check()
  expect(maxim.facts(maxim.parse())).toMatchObject({ random: false, changesSize: false, gradient: undefined })
})
