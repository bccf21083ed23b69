import { readdirSync } from 'node:fs'
import { checkImage, imageOf, type Plugin } from '@cupel/core'
import { describe, expect, test } from 'vitest'

const packages = new URL('../packages/', import.meta.url)

/** Slow networks that declare no weights, since theirs are packages; what is small their own tests try. */
const packaged = ['defences-esrgan', 'defences-maxim']

const plugins = await Promise.all(
  readdirSync(packages)
    .filter((name) => name.startsWith('defences-') && !packaged.includes(name))
    .map(async (name): Promise<Plugin<'defence'>> => (await import(`@cupel/${name}`)).default),
)
/** The filters, geometry and codecs, all that need no weights: whatever is an image they purify. */
const filters = plugins.filter((plugin) =>
  [{}, ...Object.values(plugin.variants)].every(
    (options) => Object.keys(plugin.facts(plugin.parse(options)).weights).length === 0,
  ),
)

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

describe.each(filters.map((plugin) => [plugin.name, plugin] as const))('%s', (_, plugin) => {
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
