import { imageOf, toBytes } from '@cupel/core'
import { conformance } from '@cupel/core/conformance'
import { expect, test } from 'vitest'
import jpeg from '../src/index.js'

conformance(jpeg, test)

const texture = imageOf(48, 40, (i) => ((i * i * 7 + i * 13) % 97) / 255 + 0.3)
const error = async (options: object) => {
  const { data } = await jpeg(options).purify(texture)
  return Math.sqrt(data.reduce((sum, value, i) => sum + (value - texture.data[i]!) ** 2, 0) / data.length)
}

test('a higher quality changes less, and so does chroma at full resolution', async () => {
  const errors = await Promise.all([10, 30, 50, 70, 90].map((quality) => error({ quality })))
  expect(errors).toEqual(errors.toSorted((a, b) => b - a))
  expect(await error({ quality: 90, subsampling: '4:4:4' })).toBeLessThan(await error({ quality: 90 }))
})

test('a constant image is kept to within one level, channels in their places', async () => {
  const colour = [200, 100, 30]
  const image = imageOf(17, 9, (i) => colour[Math.floor(i / 153)]! / 255)
  const bytes = toBytes(await jpeg({ quality: 95 }).purify(image))
  bytes.forEach((value, i) => {
    expect(Math.abs(value - colour[i % 3]!)).toBeLessThanOrEqual(2)
  })
})

test.each([0, 101, 49.5])('quality %d is refused', (quality) => {
  expect(() => jpeg({ quality })).toThrow(/defence jpeg.*quality/)
})
