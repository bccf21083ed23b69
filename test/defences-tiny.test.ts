import { checkImage, imageOf, type Plugin } from '@cupel/core'
import { describe, expect, test } from 'vitest'

/** The filters, geometry and codecs: whatever is an image they purify. */
const names = [
  'flip',
  'rotate',
  'crop',
  'resize',
  'upscale',
  'gaussian-blur',
  'median-blur',
  'unsharp',
  'color-quantization',
  'random-noise',
  'bilateral',
  'tv',
  'jpeg',
  'webp',
  'avif',
  'diffjpeg',
]

const sides = [
  [1, 1],
  [1, 9],
  [9, 1],
  [2, 2],
  [3, 2],
  [4, 5],
] as const

const fillings = {
  black: () => 0,
  white: () => 1,
  gray: () => 0.5,
  textured: (i: number) => ((i * 37 + 11) % 101) / 100,
}

describe.each(names)('%s', async (name) => {
  const { default: plugin } = (await import(`@cupel/defences-${name}`)) as { default: Plugin<'defence'> }

  test.each(sides)('takes images of %i x %i in every variant', async (width, height) => {
    for (const [variant, options] of Object.entries(plugin.variants)) {
      for (const [filling, value] of Object.entries(fillings)) {
        const image = imageOf(width, height, value)
        const purified = checkImage(await plugin(options).purify(image), `${variant} of a ${filling} image`)
        if (!plugin.facts(plugin.parse(options)).changesSize) {
          expect([purified.width, purified.height]).toEqual([width, height])
        }
        const back = await purified.pullback?.(new Float32Array(purified.data.length).fill(1))
        if (back) expect(back.gradient.length).toBe(image.data.length)
        expect(back?.gradient.every(Number.isFinite) ?? true).toBe(true)
      }
    }
  })
})
