import { expect, test } from 'vitest'
import { suggestion } from '../src/plugins/names.js'

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
