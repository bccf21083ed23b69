import assert from 'node:assert/strict'
import { counted, imageOf, type Plugin } from '@cupel/core'
import type { Test } from './index.js'
import { smallNetwork } from './network.js'

/**
 * Registers tests that a black-box attack asks for as many scores as its option `queries` allows, and never for a gradient.
 *
 * @param test the test runner's `test`
 * @param step how many scores it asks for at a time, so that a rest of them stays unasked; 1 unless told
 */
export function spendsItsQueries(attack: Plugin<'attack'>, test: Test, step = 1): void {
  const image = imageOf(24, 20, (i) => 0.5 + 0.4 * Math.sin(i))
  for (const queries of [1, 7, 40, 41, 100]) {
    const scores = step * Math.floor(queries / step)
    test(`of ${queries} queries it makes ${scores}, and none for a gradient`, async () => {
      const target = counted(smallNetwork())
      await attack({ queries }).run(image, target)
      assert.deepEqual(target.queries, { scores, gradients: 0 })
    })
  }
}
