import assert from 'node:assert/strict'
import type { Attack, Image, Metric } from '@cupel/core'
import { norm } from '../optimisers.js'
import { smallNetwork } from './network.js'
import { imageIn, type Recording, unpack } from './recording.js'

export { smallNetwork } from './network.js'
export { imageIn, type Recording, unpack } from './recording.js'

/** How closely an attack must follow its reference. */
export type Agreement =
  /** 99.9 % of the values equal to 1e-6: for methods that take signs. */
  | 'values'
  /** The change of the image equal to a relative L2 distance of 1e-4: for the others. */
  | 'change'

type Test = (name: string, body: () => Promise<void>) => unknown

const difference = (a: Float32Array, b: Float32Array): Float32Array => a.map((value, i) => value - b[i]!)

function agree(ours: Image, theirs: Image, source: Image, agreement: Agreement, what: string): void {
  const error = difference(ours.data, theirs.data)
  if (agreement === 'values') {
    const equal = error.reduce((count, e) => count + (Math.abs(e) < 1e-6 ? 1 : 0), 0) / error.length
    assert.ok(equal >= 0.999, `${what}: ${(100 * equal).toFixed(2)} % of the values equal the reference's`)
  } else {
    const change = norm(difference(theirs.data, source.data), 2)
    // A first iterate may be the source itself; rounding to single precision is then all there is.
    const deviation = norm(error, 2) / Math.max(change, 1e-3 * norm(source.data, 2))
    assert.ok(deviation <= 1e-4, `${what}: differs from the reference by ${deviation} of its change`)
  }
}

/** A target that answers every question with the reference's answer at the reference's own iterate. */
function teacher(recording: Recording, asked: Image[]): Metric {
  const { better, range } = smallNetwork(recording.better)
  const answer = (image: Image) => {
    const step = recording.steps[asked.length]
    assert.ok(step, `more than the reference's ${recording.steps.length} questions were asked`)
    asked.push(image)
    return step
  }
  return {
    better,
    range,
    score: async (image) => answer(image).score,
    async gradient(image) {
      const { score, gradient } = answer(image)
      assert.ok(gradient, 'a gradient was asked for where the reference asked for a score')
      return { score, gradient: unpack(gradient), kind: 'exact' }
    },
  }
}

/**
 * Registers tests that an attack follows a recorded run of its reference on {@link smallNetwork}.
 *
 * - The network here and the reference's give the same answers at the reference's iterates.
 * - Teacher-forced: handed the reference's answers, the attack asks for them at the reference's iterates and ends
 * where it ended. - Free-running: by itself it ends within 1 % of the metric's range of the reference's score.
 *
 * @param name what the tests are called after
 * @param attack with the options of the recorded run
 * @param test the test runner's `test`
 */
export function parity(name: string, attack: Attack, recording: Recording, agreement: Agreement, test: Test): void {
  const source = imageIn(recording, recording.source)
  const network = smallNetwork(recording.better)
  test(`${name}: the network is the reference's`, async () => {
    for (const step of recording.steps) {
      const { score, gradient } = await network.gradient(imageIn(recording, step.image))
      assert.ok(Math.abs(score - step.score) < 1e-4, `score ${score}, reference ${step.score}`)
      const theirs = step.gradient && unpack(step.gradient)
      if (theirs) assert.ok(norm(difference(gradient, theirs), 2) <= 1e-5 * norm(theirs, 2), 'gradients differ')
    }
  })
  test(`${name}: follows the reference step by step`, async () => {
    const asked: Image[] = []
    const attacked = await attack.run(source, teacher(recording, asked))
    assert.equal(asked.length, recording.steps.length, 'questions asked')
    for (const [t, image] of asked.entries()) {
      agree(image, imageIn(recording, recording.steps[t]!.image), source, agreement, `iterate ${t}`)
    }
    agree(attacked, imageIn(recording, recording.attacked), source, agreement, 'attacked image')
  })
  test(`${name}: left alone, ends at the reference's score`, async () => {
    const score = await network.score(await attack.run(source, network))
    assert.ok(Math.abs(score - recording.score) <= 1, `score ${score}, reference ${recording.score}`)
    assert.ok(Math.abs(recording.score - recording.steps[0]!.score) > 0.01, 'the reference moved the score')
  })
}
