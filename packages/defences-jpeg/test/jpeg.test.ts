import { imageOf } from '@cupel/core'
import { conformance } from '@cupel/core/conformance'
import { diffjpeg } from '@cupel/defences-diffjpeg'
import { readImage } from '@cupel/image'
import { photographs } from '@cupel/photographs'
import { expect, test } from 'vitest'
import jpeg from '../src/index.js'

conformance(jpeg, test)

const texture = imageOf(48, 40, (i) => ((i * i * 7 + i * 13) % 97) / 255 + 0.3)
const error = async (options: object) => {
  const { data } = await jpeg(options).purify(texture)
  return Math.sqrt(data.reduce((sum, value, i) => sum + (value - texture.data[i]!) ** 2, 0) / data.length)
}

test('chroma at full resolution changes less', async () => {
  expect(await error({ quality: 90, subsampling: '4:4:4' })).toBeLessThan(await error({ quality: 90 }))
})

test.each([0, 101, 49.5])('quality %d is refused', (quality) => {
  expect(() => jpeg({ quality })).toThrow(/defence jpeg.*quality/)
})

test.each([10, 50, 90])('on photographs the stand-in for its gradient is close to it, quality %i', async (quality) => {
  const distance = (a: Float32Array, b: Float32Array) =>
    255 * Math.sqrt(a.reduce((sum, value, i) => sum + (value - b[i]!) ** 2, 0) / a.length)
  for (const { path } of photographs) {
    const image = await readImage(path)
    const real = await jpeg({ quality }).purify(image)
    const standIn = await diffjpeg({ quality }).purify(image)
    // In levels of 255: far nearer to the real one than that is to its source.
    expect(distance(real.data, standIn.data)).toBeLessThan(Math.min(2.5, distance(real.data, image.data) / 2))
  }
})

test('its gradient is that of the stand-in with the same options', async () => {
  const y = texture.data.map((value) => value - 0.5)
  const options = { quality: 30, subsampling: '4:4:4' } as const
  const found = await (await jpeg(options).purify(texture)).pullback!(y)
  expect(found).toEqual(await (await diffjpeg(options).purify(texture)).pullback!(y))
  expect(found.kind).toBe('surrogate')
})
