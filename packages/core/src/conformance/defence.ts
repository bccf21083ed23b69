import { isUnavailable } from '../errors.js'
import { checkImage, digest, type Image } from '../image.js'
import type { Purified } from '../interface.js'
import { createRandom } from '../random.js'
import { acceptNotes, type Clause, demand, disposal, rejection, type Subject, seeded } from './clause.js'
import { compareDerivative, dot } from './derivative.js'
import { dithered, flat, photograph, type Size, sameBits, sizes } from './images.js'

const sized = ({ width, height }: { width: number; height: number }): string => `${width}x${height}`
const photo = ({ facts }: Subject<'defence'>): Image => photograph(sizes(facts.minimumSize).small)

const purify = async ({ opened }: Subject<'defence'>, image: Image, seed = 0): Promise<Purified> =>
  (await opened()).purify(image, seeded(seed))

const pullback = (purified: Purified, gradient: Float32Array) => {
  demand(!!purified.pullback, 'it states a gradient and what it returns has no pullback')
  return purified.pullback(gradient)
}

/** Values in 0..1 or normal ones to be pulled back or weighted with. */
const weights = (purified: Image, seed = 0): Float32Array =>
  createRandom('weights').fork(seed).normals(purified.data.length)

/** An odd image off the 8-bit grid, for derivatives. */
const smooth = ({ facts }: Subject<'defence'>, seed = 0): Image =>
  dithered([Math.max(97, facts.minimumSize | 1), Math.max(71, facts.minimumSize)] satisfies Size, seed)

const blend = (a: Image, b: Image, first: number, second: number): Image => ({
  ...a,
  data: a.data.map((value, i) => first * value + second * b.data[i]!),
})

/** Whether purify of a weighted sum of two images is that sum of what it makes of each, on this draw. */
const isLinear = (subject: Subject<'defence'>): Promise<boolean> =>
  subject.once('linear', async () => {
    const [a, b] = [smooth(subject), smooth(subject, 1)]
    const sum = await purify(subject, blend(a, b, 0.3, 0.5))
    const parts = blend(await purify(subject, a), await purify(subject, b), 0.3, 0.5)
    if (sized(sum) !== sized(parts)) return false
    return sum.data.every((value, i) => Math.abs(value - parts.data[i]!) < 2e-6)
  })

/** Purifies with other draws in between, so that a pullback that remembers the last call instead of its own shows. */
async function interrupted(subject: Subject<'defence'>, image: Image): Promise<Purified> {
  const purified = await purify(subject, image)
  await purify(subject, smooth(subject, 2), 1)
  await purify(subject, photo(subject), 2)
  return purified
}

/** Checks that <Ax, y> = <x, A*y>, Ax being what the defence made of the image, for y of one sign and of both. */
async function compareAdjoint(image: Image, purified: Purified): Promise<void> {
  const signed = weights(purified)
  for (const y of [signed.map(Math.abs), signed]) {
    const there = dot(purified.data, y)
    const back = dot(image.data, (await pullback(purified, y)).gradient)
    const apart = Math.abs(there - back) / dot(purified.data, y.map(Math.abs))
    demand(
      apart <= 1e-6,
      `it is linear; <Ax, y> is ${there} and <x, A*y> ${back}, ${apart.toPrecision(3)} of their size apart, 1e-6 allowed`,
    )
  }
}

/** The contract of a defence. */
export const defenceClauses: readonly Clause<'defence'>[] = [
  {
    name: 'gives an image with values within 0..1, and notes that fit in a row',
    every: true,
    async check(subject) {
      const purified = await purify(subject, photo(subject))
      checkImage(purified, 'the purified image')
      acceptNotes(purified.notes)
    },
  },
  {
    name: 'accepts odd sides, flat images and the least size that it states, and refuses smaller ones',
    async check(subject) {
      const least = subject.facts.minimumSize
      const { small, odd } = sizes(least)
      for (const image of [photograph(odd), photograph([least, least]), flat(small, 0), flat(small, 1)]) {
        checkImage(await purify(subject, image), `the purified image of one of ${sized(image)}`)
      }
      if (least === 1) return
      const image = photograph([least + 8, least - 1])
      const refusal = await rejection(
        () => purify(subject, image),
        `it purified ${sized(image)}, below its ${least} pixels`,
      )
      demand(isUnavailable(refusal), `it refused ${sized(image)} with ${refusal}, expected an Unavailable`)
    },
  },
  {
    name: 'the size changes exactly if it states so',
    every: true,
    async check(subject) {
      const { changesSize, minimumSize } = subject.facts
      const { small, odd } = sizes(minimumSize)
      const images = [small, odd].map((size) => photograph(size))
      const found: string[] = []
      for (const image of images) found.push(`${sized(image)} to ${sized(await purify(subject, image))}`)
      const changed = found.some((one) => one.split(' to ')[0] !== one.split(' to ')[1])
      demand(changed === changesSize, `it states changesSize: ${changesSize} and makes ${found.join(' and ')}`)
    },
  },
  {
    name: 'does not change its input',
    async check(subject) {
      const image = photo(subject)
      const purified = await purify(subject, image)
      demand(sameBits(image.data, photo(subject).data), 'purify changed the values of the image that it was given')
      const given = weights(purified)
      await purified.pullback?.(given)
      demand(sameBits(given, weights(purified)), 'pullback changed the gradient that it was given')
      await purified.register?.(image)
      demand(sameBits(image.data, photo(subject).data), 'register changed the values of the image that it was given')
    },
  },
  {
    name: 'the same seed gives the same bytes: again, beside other calls, in another instance',
    every: true,
    async check(subject) {
      const first = digest(await purify(subject, photo(subject)))
      await purify(subject, photo(subject), 1)
      const again = digest(await purify(subject, photo(subject)))
      demand(first === again, 'the same image and seed gave another result after a call with another seed')
      const [beside] = await Promise.all([0, 1, 2].map((seed) => purify(subject, photo(subject), seed)))
      demand(first === digest(beside!), 'the same image and seed gave another result while other calls were under way')
      const other = await subject.open()
      const elsewhere = digest(await other.purify(photo(subject), seeded(0)))
      await other.dispose?.()
      demand(first === elsewhere, 'another instance gave another result for the same image and seed')
    },
  },
  {
    name: 'the result depends on the seed exactly if it states random',
    every: true,
    async check(subject) {
      const results = new Set<string>()
      for (let seed = 0; seed < 5; seed++) results.add(digest(await purify(subject, photo(subject), seed)))
      const { random } = subject.facts
      demand(
        results.size > 1 === random,
        `it states random: ${random}; five seeds gave ${results.size} different results`,
      )
    },
  },
  {
    name: 'does not begin when it is aborted already',
    async check({ opened, facts }) {
      const defence = await opened()
      const reason = new Error('aborted by the conformance kit')
      const image = photograph(sizes(facts.minimumSize).small)
      const refusal = await rejection(
        () => defence.purify(image, seeded(0, AbortSignal.abort(reason))),
        'it ran to its end',
      )
      demand(refusal === reason, `expected it to reject with the reason of the abort, found ${refusal}`)
    },
  },
  {
    name: 'register carries the original into the frame of the purified image',
    async check(subject) {
      const original = photograph(sizes(subject.facts.minimumSize).odd, 3)
      const purified = await purify(subject, photograph(sizes(subject.facts.minimumSize).odd))
      if (!purified.register) return
      const registered = checkImage(await purified.register(original), 'the registered original')
      demand(
        sized(registered) === sized(purified),
        `the purified image is ${sized(purified)}, the registered original ${sized(registered)}`,
      )
    },
  },
  {
    name: 'it has a pullback exactly if it states a gradient',
    every: true,
    async check(subject) {
      const purified = await purify(subject, photo(subject))
      const stated = subject.facts.gradient
      if (!stated) {
        demand(!purified.pullback, 'it states no gradient and has a pullback')
        return
      }
      const { kind } = await pullback(purified, weights(purified))
      demand(kind === stated, `it states a gradient of kind ${stated}, its pullback is ${kind}`)
    },
  },
  {
    name: 'its pullback is finite, shaped like its input and not all zero',
    applies: ({ gradient }) => gradient !== undefined,
    async check(subject) {
      const { small, odd } = sizes(subject.facts.minimumSize)
      for (const image of [photograph(small), photograph(odd)]) {
        const purified = await purify(subject, image)
        const { gradient } = await pullback(purified, weights(purified))
        const { length } = image.data
        demand(gradient instanceof Float32Array, `the pullback gives ${Object.prototype.toString.call(gradient)}`)
        demand(
          gradient.length === length,
          `at ${sized(image)} the pullback gives ${gradient.length} values of ${length}`,
        )
        const bad = gradient.findIndex((value) => !Number.isFinite(value))
        demand(bad < 0, `at ${sized(image)} value ${bad} of the pullback is ${gradient[bad]}`)
        demand(
          gradient.some((value) => value !== 0),
          `at ${sized(image)} every value of the pullback is zero`,
        )
      }
    },
  },
  {
    name: 'an exact pullback is the adjoint of a linear defence and equals central differences of any other',
    applies: ({ gradient }) => gradient === 'exact',
    async check(subject) {
      const image = smooth(subject)
      const linear = await isLinear(subject)
      const purified = await interrupted(subject, image)
      if (linear) {
        await compareAdjoint(image, purified)
        return
      }
      const y = weights(purified)
      const { gradient } = await pullback(purified, y)
      const value = async (other: Image): Promise<number> => dot((await purify(subject, other)).data, y)
      await compareDerivative('<y, purify(x)>', value, image, gradient, subject.settings.tolerance)
    },
  },
  disposal(({ opened }) => [opened()]),
]
