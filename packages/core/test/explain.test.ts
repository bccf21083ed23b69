import { expect, test } from 'vitest'
import { CupelError, defineDefence, suggestion, z } from '../src/index.js'

const names = ['jpeg', 'jpeg-q30', 'tv', 'flip', 'crop', 'pgd', 'gaussian-blur', 'median-blur']

test.each([
  ['jpge', 'jpeg'],
  ['jpg', 'jpeg'],
  ['pdg', 'pgd'],
  ['flp', 'flip'],
  ['gausian-blurr', 'gaussian-blur'],
  ['mediam-blur', 'median-blur'],
])('%s is near to %s', (name, near) => expect(suggestion(name, names)).toBe(`did you mean "${near}"? `))

test.each(['fgsm', 'vt', 'drop-out', 'x', ''])('"%s" is near to none', (name) =>
  expect(suggestion(name, names)).toBe(''),
)
test('there may be no names', () => expect(suggestion('jpeg', [])).toBe(''))

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
  expect(() => plugin.parse(options)).toThrow(new CupelError(`defence sized, ${message}`))
})
