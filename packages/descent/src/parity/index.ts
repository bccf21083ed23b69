import assert from 'node:assert/strict'
import { type Attack, createRandom, type Image, type Metric, type Plugin } from '@cupel/core'
import { norm } from '../optimisers.js'
import { smallNetwork } from './network.js'
import { imageIn, type Recording, unpack } from './recording.js'

export { smallNetwork } from './network.js'
export { spendsItsQueries } from './queries.js'
export { imageIn, type Recording, unpack } from './recording.js'

/** How closely an attack must follow its reference. */
export type Agreement =
  /** 99.9 % of the values equal to 1e-6: for methods that take signs. */
  | 'values'
  /** The change of the image equal to a relative L2 distance of 1e-4: for the others. */
  | 'change'

/** `test` of vitest or of node:test, or anything like them. */
export type Test = (name: string, body: () => Promise<void>) => unknown

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

/** The network here and the reference's give the same answers at the reference's iterates. */
async function sameNetwork(recording: Recording): Promise<void> {
  const network = smallNetwork(recording.better)
  for (const step of recording.steps) {
    const { score, gradient } = await network.gradient(imageIn(recording, step.image))
    assert.ok(Math.abs(score - step.score) < 1e-4, `score ${score}, reference ${step.score}`)
    const theirs = step.gradient && unpack(step.gradient)
    if (theirs) assert.ok(norm(difference(gradient, theirs), 2) <= 1e-5 * norm(theirs, 2), 'gradients differ')
  }
}

/** An attacked image scores as the reference's does, to 5 % of what the reference gained: an attack that does nothing is far from it. */
async function sameScore(attacked: Image, recording: Recording): Promise<void> {
  const network = smallNetwork(recording.better)
  const before = await network.score(imageIn(recording, recording.source))
  const gain = (recording.score - before) * (recording.better === 'higher' ? 1 : -1)
  assert.ok(gain >= 1, `the reference gained ${gain} of 100, too little to compare with: record a stronger run`)
  const score = await network.score(attacked)
  const allowed = Math.min(1, 0.05 * gain)
  assert.ok(Math.abs(score - recording.score) <= allowed, `score ${score}, reference ${recording.score} +- ${allowed}`)
}

/**
 * Registers tests that an attack follows a recorded run of its reference on {@link smallNetwork}:
 *
 * - The network here and the reference's give the same answers at the reference's iterates.
 * - Teacher-forced: handed the reference's answers, the attack asks for them at the reference's iterates and ends
 *   where it ended.
 * - Free-running: by itself it ends at the reference's score, to 5 % of what the reference gained and to 1 % of the
 *   metric's range; the reference has to have gained 1 % of the range.
 *
 * @param name what the tests are called after
 * @param attack with the options of the recorded run
 * @param test the test runner's `test`
 */
export function parity(name: string, attack: Attack, recording: Recording, agreement: Agreement, test: Test): void {
  const source = imageIn(recording, recording.source)
  test(`${name}: the network is the reference's`, () => sameNetwork(recording))
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
    await sameScore(await attack.run(source, smallNetwork(recording.better)), recording)
  })
}

/**
 * As {@link parity}, of an attack that is trained: the recorded steps are those of its training, and what it makes of
 * the source once trained is the attacked image. All changes are equal to a relative L2 distance of 1e-4.
 *
 * @param attack the plugin
 * @param options those of the recorded run
 * @param recording with its `training`
 */
export function trainingParity(
  name: string,
  attack: Plugin<'attack'>,
  options: Record<string, unknown>,
  recording: Recording,
  test: Test,
): void {
  const source = imageIn(recording, recording.source)
  const { images, order } = recording.training!
  const examples = images.map((packed) => imageIn(recording, packed))
  async function attackedBy(target: Metric): Promise<Image> {
    const setup = { device: 'cpu', weights: async (name: string) => name } as const
    const context = { random: createRandom(0), signal: new AbortController().signal }
    const read = async function* () {
      yield* examples
    }
    const prepared = await attack.prepare!(attack.parse(options), setup, target, read(), context)
    const opened = await attack.open(options, { prepared })
    const attacked = await opened.run(source, smallNetwork(recording.better), context)
    await opened.dispose?.()
    return attacked
  }
  test(`${name}: the network is the reference's`, () => sameNetwork(recording))
  test(`${name}: is trained as the reference step by step`, async () => {
    const asked: Image[] = []
    const attacked = await attackedBy(teacher(recording, asked))
    assert.equal(asked.length, order.length, 'questions asked')
    for (const [t, image] of asked.entries()) {
      agree(image, imageIn(recording, recording.steps[t]!.image), examples[order[t]!]!, 'change', `iterate ${t}`)
    }
    agree(attacked, imageIn(recording, recording.attacked), source, 'change', 'attacked image')
  })
  test(`${name}: trained alone, ends at the reference's score`, async () => {
    await sameScore(await attackedBy(smallNetwork(recording.better)), recording)
  })
}
