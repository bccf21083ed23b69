import { type Attack, createRandom, type Image, imageOf, type Metric, quantised } from '@cupel/core'
import { adversarial, perturb, sign } from '@cupel/descent'
import { parity, type Recording, smallNetwork } from '@cupel/descent/parity'
import { expect, test } from 'vitest'

const source = quantised(imageOf(9, 8, (i) => 0.5 + 0.3 * Math.sin(i)))
const context = { random: createRandom(0), signal: new AbortController().signal }

/** Three steps of sign descent, each of the given size. */
const stepping = (size: number): Attack => ({
  run: (x, target) => perturb(x, adversarial(target), { steps: 3, context, optimiser: sign(size), constraints: [] }),
})
const idle: Attack = { run: async (x) => x }

const pack = ({ data }: Pick<Image, 'data'>): string => Buffer.from(data.slice().buffer).toString('base64')

/** What the attack asked and was told, and where it ended. */
async function recorded(attack: Attack): Promise<Recording> {
  const network = smallNetwork()
  const steps: Recording['steps'][number][] = []
  const watched: Metric = {
    ...network,
    async gradient(image) {
      const told = await network.gradient(image)
      steps.push({ image: pack(image), score: told.score, gradient: pack({ data: told.gradient }) })
      return told
    },
  }
  const attacked = await attack.run(source, watched, context)
  const score = await network.score(attacked)
  const { width, height } = source
  return { better: 'higher', width, height, source: pack(source), steps, attacked: pack(attacked), score }
}

/** The parity tests that an attack fails, by the last words of their names. */
async function failures(attack: Attack, recording: Recording): Promise<string[]> {
  const tests: [string, () => Promise<void>][] = []
  parity('it', attack, recording, 'values', (...registered) => tests.push(registered))
  const found: string[] = []
  for (const [name, body] of tests) {
    await body().catch(() => found.push(name.replace(/^it: /, '')))
  }
  return found
}

const [stepwise, alone] = ['follows the reference step by step', "left alone, ends at the reference's score"]

test('an attack agrees with a recording of itself, one that does nothing or goes a little further does not', async () => {
  const reference = await recorded(stepping(0.02))
  expect(await failures(stepping(0.02), reference)).toEqual([])
  expect(await failures(idle, reference)).toEqual([stepwise, alone])
  expect(await failures(stepping(0.022), reference)).toEqual([stepwise, alone])
})

test('a recording that hardly moved the score is refused, since doing nothing would come as near', async () => {
  const reference = await recorded(stepping(0.0005))
  expect(await failures(stepping(0.0005), reference)).toEqual([alone])
})
