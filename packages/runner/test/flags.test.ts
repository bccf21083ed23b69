import { expect, test } from 'vitest'
import { flagged } from '../src/cli/common.js'

test('a result is told with what each of its flags means', () => {
  expect(flagged({})).toBe('')
  expect(flagged({ eps: 1 })).toBe('')
  expect(flagged({ flag: 'zero-gradient' })).toMatch(/^ {2}\(zero-gradient: The gradient was zero.*\)$/)
  expect(flagged({ flag: 'zero-gradient nan-gradient odd-one' })).toMatch(
    /^ {2}\(zero-gradient: The gradient was zero.*\) {2}\(nan-gradient: The gradient held.*\) {2}\(odd-one: raised by the plugin\)$/,
  )
})
