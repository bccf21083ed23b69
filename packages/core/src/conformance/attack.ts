import { counted } from '../compose/counted.js'
import { checkImage, digest, type Image } from '../image.js'
import type { Attack, Attacked, Better, Metric } from '../interface.js'
import { acceptNotes, type Clause, demand, disposal, rejection, type Subject, seeded } from './clause.js'
import { flat, photograph, type Size, sameBits, sizes } from './images.js'
import { distance, noise, optimum, toyMetric } from './toy.js'

/** Queries that an attack may still make after it was aborted: those of the step it is in. */
const FEW = 4

/** The image that is attacked. */
const photo = ({ facts }: Subject<'attack'>): Image => photograph(sizes(facts.minimumSize).small)

const target = ({ settings }: Subject<'attack'>, better: Better): Metric => (settings.toy ?? toyMetric)(better)

/** Training images for attacks that are prepared. */
async function* training(size: Size): AsyncIterable<Image> {
  for (let seed = 0; seed < 8; seed++) yield photograph(size, seed)
}

/** What the attack learns from a metric; undefined when it learns nothing. */
const prepare = async (subject: Subject<'attack'>, metric: Metric, options = subject.options) =>
  subject.plugin.prepare?.(
    subject.plugin.parse(options),
    subject.setup,
    metric,
    training(sizes(subject.facts.minimumSize).small),
    seeded(0),
  )

/** Another instance, prepared for the toy metric if it has to be. */
async function instance(
  subject: Subject<'attack'>,
  better: Better,
  others: Record<string, unknown> = {},
): Promise<Attack> {
  const prepared = await subject.once(`prepared ${better} ${JSON.stringify(others)}`, () =>
    prepare(subject, target(subject, better), { ...subject.options, ...others }),
  )
  return subject.open(prepared && { prepared }, others)
}

const shared = (subject: Subject<'attack'>, better: Better = 'higher'): Promise<Attack> =>
  subject.once(`attack ${better}`, () => instance(subject, better))

/** The result on the small photograph, once for all clauses. */
const attacked = (subject: Subject<'attack'>, better: Better = 'higher', seed = 0): Promise<Attacked> =>
  subject.once(`run ${better} ${seed}`, async () => {
    const attack = await shared(subject, better)
    return attack.run(photo(subject), target(subject, better), seeded(seed))
  })

/** A valid result: an image of the source's sides, and notes that fit in a row. */
function accept(result: Attacked, source: Image): void {
  checkImage(result, 'the attacked image')
  const [found, expected] = [result, source].map(({ width, height }) => `${width}x${height}`)
  demand(found === expected, `the attacked image is ${found}, its source ${expected}`)
  acceptNotes(result.notes)
}

/** Improves the toy metric by half of what is possible at the distance it went, and by more than noise does. */
const improves = (better: Better): Clause<'attack'> => ({
  name: `reaches half of the optimum and beats noise where ${better} is better`,
  applies: ({ needs }) => needs !== 'nothing',
  async check(subject) {
    const metric = target(subject, better)
    const source = photo(subject)
    const result = await attacked(subject, better)
    const measure = subject.facts.knob?.measure
    const far = distance(source, result, measure)
    demand(far > 0, 'the attacked image is its source')
    const before = await metric.score(source)
    const gain = async (image: Image): Promise<number> =>
      ((await metric.score(image)) - before) * (better === 'higher' ? 1 : -1)
    const reached = await gain(result)
    const budget = `at ${measure === 'linf' || measure === 'pixels' ? measure : 'L2'} ${far.toPrecision(4)}`
    if (!subject.settings.toy) {
      const best = optimum(source, better, far, measure)
      demand(
        reached >= best / 2,
        `it improves a linear metric by ${reached.toPrecision(4)} of the ${best.toPrecision(4)} possible ${budget}, expected half`,
      )
    }
    for (let seed = 0; seed < 3; seed++) {
      const rival = await gain(noise(source, seeded(seed).random.fork('rival'), far, measure))
      demand(
        reached > Math.max(0, rival),
        `it improves its target by ${reached.toPrecision(4)} ${budget}, noise that goes as far by ${rival.toPrecision(4)}`,
      )
    }
  },
})

/** The contract of an attack. */
export const attackClauses: readonly Clause<'attack'>[] = [
  {
    name: 'gives an image of the same sides, values within 0..1',
    every: true,
    async check(subject) {
      accept(await attacked(subject), photo(subject))
    },
  },
  {
    name: 'accepts odd sides, flat images and the least size that it states',
    async check(subject) {
      const attack = await shared(subject)
      const least = subject.facts.minimumSize
      const { small, odd } = sizes(least)
      for (const image of [photograph(odd), photograph([least, least]), flat(small, 0), flat(small, 1)]) {
        accept(await attack.run(image, target(subject, 'higher'), seeded(0)), image)
      }
    },
  },
  {
    name: 'does not change its input',
    async check(subject) {
      const size = sizes(subject.facts.minimumSize).small
      const image = photograph(size)
      await (await shared(subject)).run(image, target(subject, 'higher'), seeded(0))
      demand(sameBits(image.data, photograph(size).data), 'run changed the values of the image that it was given')
    },
  },
  {
    name: 'the same seed gives the same bytes, in another instance too',
    async check(subject) {
      const first = digest(await attacked(subject))
      await attacked(subject, 'higher', 1)
      const again = await (await shared(subject)).run(photo(subject), target(subject, 'higher'), seeded(0))
      demand(first === digest(again), 'the same image and seed gave another result the second time')
      const other = await instance(subject, 'higher')
      const elsewhere = await other.run(photo(subject), target(subject, 'higher'), seeded(0))
      await other.dispose?.()
      demand(first === digest(elsewhere), 'another instance gave another result for the same image and seed')
    },
  },
  {
    name: 'the result depends on the seed exactly if it states random',
    async check(subject) {
      const results = [0, 1, 2].map((seed) => attacked(subject, 'higher', seed))
      const different = new Set((await Promise.all(results)).map(digest)).size
      const { random } = subject.facts
      demand(different > 1 === random, `it states random: ${random}; three seeds gave ${different} different results`)
    },
  },
  {
    name: 'asks of its target what it states, and no more',
    async check(subject) {
      const { needs } = subject.facts
      const metric = counted(target(subject, 'higher'))
      await (await shared(subject)).run(photo(subject), metric, seeded(0))
      await prepare(subject, metric)
      const { scores, gradients } = metric.queries
      const found = `it states needs: ${needs} and asked for ${scores} scores and ${gradients} gradients`
      demand(needs === 'gradient' ? gradients > 0 : gradients === 0, found)
      demand(needs === 'nothing' ? scores === 0 : scores + gradients > 0, found)
    },
  },
  {
    name: 'does not begin when it is aborted already',
    async check(subject) {
      const attack = await shared(subject)
      const image = photo(subject)
      const reason = new Error('aborted by the conformance kit')
      const context = seeded(0, AbortSignal.abort(reason))
      const refusal = await rejection(() => attack.run(image, target(subject, 'higher'), context), 'it ran to its end')
      demand(refusal === reason, `expected it to reject with the reason of the abort, found ${refusal}`)
    },
  },
  {
    name: 'stops soon when a timer aborts it',
    applies: ({ needs }) => needs !== 'nothing',
    async check(subject) {
      const attack = await shared(subject)
      const metric = target(subject, 'higher')
      const controller = new AbortController()
      const reason = new Error('aborted by the conformance kit')
      let queries = 0
      // The toy metric never lets go of the thread by itself, as metrics in plain JavaScript do not.
      const asked = (image: Image): Image => {
        if (++queries === 2) {
          setTimeout(() => controller.abort(reason))
          for (const due = performance.now() + 3; performance.now() < due; );
        }
        return image
      }
      const aborting: Metric = {
        ...metric,
        score: (image) => metric.score(asked(image)),
        ...(metric.gradient && { gradient: (image) => metric.gradient!(asked(image)) }),
      }
      const end = await attack
        .run(photo(subject), aborting, seeded(0, controller.signal))
        .catch((error: unknown) => error)
      // It was done before its second query: there was nothing to stop.
      if (queries < 2) return
      demand(end === reason, `expected it to reject with the reason of the abort, found ${end}`)
      demand(
        queries <= 2 + FEW,
        `it made ${queries - 2} queries after the timer was due, ${FEW} allowed: await turn(context.signal) between steps`,
      )
    },
  },
  {
    name: 'its knob moves the strength of the result',
    applies: ({ knob }) => knob !== undefined,
    async check(subject) {
      const { option, measure, range, budget } = subject.facts.knob!
      const source = photo(subject)
      const reached: number[] = []
      for (const end of range) {
        const attack = await instance(subject, 'higher', { [option]: end })
        const result = await attack.run(photo(subject), target(subject, 'higher'), seeded(0))
        await attack.dispose?.()
        const far = distance(source, result, measure)
        // What is bounded is what an 8-bit file would hold; the distance is in single precision.
        demand(!budget || far <= end + 1e-6, `${option} is declared a budget, and at ${end} it goes as far as ${far}`)
        reached.push(far)
      }
      demand(reached[0] !== reached[1], `${option} = ${range[0]} and ${range[1]} both go as far as ${reached[0]}`)
    },
  },
  improves('higher'),
  improves('lower'),
  {
    name: 'preparation gives the same bytes twice',
    applies: (_, plugin) => plugin.prepare !== undefined,
    async check(subject) {
      const metric = target(subject, 'higher')
      const [first, second] = [await prepare(subject, metric), await prepare(subject, metric)]
      demand(
        first instanceof Uint8Array,
        `prepare returned ${Object.prototype.toString.call(first)}, expected a Uint8Array`,
      )
      demand(Buffer.compare(first, second!) === 0, 'prepare returned other bytes the second time')
    },
  },
  disposal((subject) => [shared(subject), shared(subject, 'lower')]),
]
