import { expect, test } from 'vitest'
import { mirroredTo } from '../src/index.js'

test.each([
  [8, 8, [0, 1, 2, 3, 4, 5, 6, 7]],
  [4, 6, [0, 1, 2, 3, 4, 5, 4, 3]],
  // A short line goes back and forth.
  [8, 3, [0, 1, 2, 1, 0, 1, 2, 1]],
  [4, 1, [0, 0, 0, 0]],
])('a multiple of %i from %i samples', (multiple, side, indices) => {
  expect(mirroredTo(multiple, side)).toEqual(indices)
})
