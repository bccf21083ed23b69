import { conformance } from '@cupel/core/conformance'
import { expect, test } from 'vitest'
import diffpureUnsharp from '../src/index.js'

conformance(diffpureUnsharp, test)

test('its facts are those of its parts: random, same size, an exact gradient, the weights of the prior', () => {
  const { random, changesSize, gradient, weights } = diffpureUnsharp.facts(diffpureUnsharp.parse())
  expect({ random, changesSize, gradient }).toEqual({ random: true, changesSize: false, gradient: 'exact' })
  expect(Object.values(weights).map(({ file }) => file)).toEqual(['BF_CNN_BSD300_color_0to100.pt'])
})
