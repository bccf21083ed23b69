import { defineDefence, z } from '@cupel/core'
import { expect, test } from 'vitest'
import { typed } from '../src/plugins/options.js'

const plugin = defineDefence({
  name: 'sized',
  summary: 'does nothing',
  options: z.object({
    size: z.enum(['whole', '256']).default('whole'),
    scale: z.number().default(1),
    steps: z.int().default(1),
    keep: z.boolean().default(false),
    file: z.union([z.literal('none'), z.array(z.string())]).default('none'),
    note: z.string().default('none'),
  }),
  create: () => ({ purify: async (image) => image }),
})

test('what was typed is JSON where the option takes that, else text', () => {
  const settings = { size: '256', scale: '2.5', keep: 'true', file: '["a"]', note: '12' }
  expect(typed(plugin, settings)).toEqual({ size: '256', scale: 2.5, keep: true, file: ['a'], note: '12' })
  expect(plugin.parse(typed(plugin, settings))).toEqual({ ...typed(plugin, settings), steps: 1 })
  // What neither is taken for is named as the number that it looks like.
  expect(typed(plugin, { size: '257', scale: 'much', other: '1' })).toEqual({ size: 257, scale: 'much', other: 1 })
})
