import { CupelError, defineDefence, z } from '@cupel/core'
import { expect, test } from 'vitest'
import { resolved, typed } from '../src/plugins/options.js'

const plugin = defineDefence({
  name: 'sized',
  summary: 'does nothing',
  options: z.object({
    size: z.enum(['whole', '256']).default('whole').describe('d'),
    scale: z.number().positive().max(8).default(1).describe('d'),
    steps: z.int().default(1).describe('d'),
    keep: z.boolean().default(false).describe('d'),
    file: z
      .union([z.literal('none'), z.array(z.string())])
      .default('none')
      .describe('d'),
    note: z.string().min(1, 'expected a word').default('none').describe('d'),
  }),
  create: () => ({ purify: async (image) => image }),
})

test('what was typed is JSON where the option takes that, else text', () => {
  const settings = { size: '256', scale: '2.5', keep: 'true', file: '["a"]', note: '12' }
  expect(typed(plugin, settings)).toEqual({ size: '256', scale: 2.5, keep: true, file: ['a'], note: '12' })
  expect(resolved(plugin, typed(plugin, settings))).toEqual({ ...typed(plugin, settings), steps: 1 })
  // What neither is taken for is named as the number that it looks like.
  expect(typed(plugin, { size: '257', scale: 'much', other: '1' })).toEqual({ size: 257, scale: 'much', other: 1 })
})

test.each([
  [{ size: 257 }, 'size: found 257, expected 256 or whole'],
  [{ scale: 'much' }, 'scale: found "much", expected a number'],
  [{ scale: 9 }, 'scale: found 9, expected at most 8'],
  [{ scale: 0 }, 'scale: found 0, expected more than 0'],
  [{ steps: 1.5 }, 'steps: found 1.5, expected a whole number'],
  [{ keep: 'yes' }, 'keep: found "yes", expected true or false'],
  [{ file: 'some' }, 'file: found "some", expected none or a list'],
  [{ note: '' }, 'note: found "", expected a word'],
  [{ sclae: 2 }, '"sclae" is no option; did you mean "scale"?'],
  [{ scale: 'much', steps: null }, 'scale: found "much", expected a number; steps: found null, expected a number'],
  ['all', 'found "all", expected an object'],
])('%j: what was found and what was expected', (options, message) => {
  expect(() => resolved(plugin, options)).toThrow(new CupelError(`defence sized, ${message}`))
})
