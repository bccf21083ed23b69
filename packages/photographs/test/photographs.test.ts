import { readdirSync } from 'node:fs'
import { readImage } from '@cupel/image'
import { expect, test } from 'vitest'
import { photographs } from '../src/index.js'

test.each(photographs)('$name is an image of the stated size', async ({ path }) => {
  expect(await readImage(path)).toMatchObject({ width: 299, height: 299 })
})

test('every file has its attribution', () => {
  const files = readdirSync(new URL('../images/', import.meta.url)).sort()
  expect(files).toEqual(photographs.map(({ name }) => `${name}.png`).sort())
})
