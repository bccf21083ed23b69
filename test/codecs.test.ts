import { imageOf, type Plugin, toBytes } from '@cupel/core'
import { describe, expect, test } from 'vitest'

const texture = imageOf(48, 40, (i) => ((i * i * 7 + i * 13) % 97) / 255 + 0.3)

/** What holds of every lossy codec that has a quality. */
describe.each(['jpeg', 'webp', 'avif'])('%s', async (name) => {
  const { default: codec } = (await import(`@cupel/defences-${name}`)) as { default: Plugin<'defence'> }

  test('a higher quality changes less', async () => {
    const error = async (quality: number) => {
      const { data } = await codec({ quality }).purify(texture)
      return Math.sqrt(data.reduce((sum, value, i) => sum + (value - texture.data[i]!) ** 2, 0) / data.length)
    }
    const errors = [await error(5), await error(50), await error(95)]
    expect(errors).toEqual(errors.toSorted((a, b) => b - a))
    expect(errors[0]! / errors[2]!).toBeGreaterThan(1.2)
  })

  test('a constant image is kept to within a few levels, channels in their places', async () => {
    const colour = [200, 100, 30]
    const image = imageOf(17, 9, (i) => colour[Math.floor(i / 153)]! / 255)
    const bytes = toBytes(await codec({ quality: 95 }).purify(image))
    bytes.forEach((value, i) => {
      expect(Math.abs(value - colour[i % 3]!)).toBeLessThanOrEqual(3)
    })
  })
})
