import { checkOutput, checkWhole, isUnavailable, tiledNotes, turn } from '@cupel/core'
import { expect, test } from 'vitest'

const unavailable = (pattern: RegExp) => (error: unknown) => isUnavailable(error) && pattern.test(error.message)
const thrown = (call: () => void): unknown => {
  try {
    call()
  } catch (error) {
    return error
  }
}

test('a result that no array holds is refused before it is made, with what was found and what to do', () => {
  expect(() => checkOutput(26_754, 26_754, 'toy')).not.toThrow()
  expect(thrown(() => checkOutput(64_000, 48_000, 'toy'))).toSatisfy(
    unavailable(/^toy: .* 64000 x 48000 pixels, expected at most 715,827,882; enlarge less/),
  )
  expect(() => checkOutput(20, 30, 'toy', 600)).not.toThrow()
  expect(thrown(() => checkOutput(20, 31, 'toy', 600))).toSatisfy(unavailable(/20 x 31 pixels, expected at most 600/))
})

test('an image that is too large to be run whole is refused with what else can be done', () => {
  expect(() => checkWhole({ width: 20, height: 30 }, 'toy', 600)).not.toThrow()
  const found = thrown(() => checkWhole({ width: 20, height: 31 }, 'toy', 600, "or set large: 'tile'"))
  expect(found).toSatisfy(unavailable(/up to 600 pixels, found 20 x 31; resize or crop .*, or set large: 'tile'$/))
})

test('only what was really cut is noted', () => {
  expect(tiledNotes(1)).toEqual({})
  expect(tiledNotes(6)).toEqual({ notes: { flag: 'tiled', tiles: 6 } })
})

test('an abort that was asked for arrives at the next turn', async () => {
  const controller = new AbortController()
  const reason = new Error('enough')
  await turn(controller.signal)
  setImmediate(() => controller.abort(reason))
  await expect(turn(controller.signal)).rejects.toBe(reason)
})
