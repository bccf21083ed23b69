import { isUnavailable } from '../errors.js'
import type { Metric } from '../interface.js'
import { type Clause, demand, disposal, rejection, type Subject } from './clause.js'
import { compareDerivative } from './derivative.js'
import { dithered, flat, photograph, sameBits, sizes } from './images.js'

const sized = ({ width, height }: { width: number; height: number }): string => `${width}x${height}`

async function gradientOf(metric: Metric, image: Parameters<Metric['score']>[0]) {
  demand(!!metric.gradient, 'it states a gradient and has none')
  return metric.gradient(image)
}

const hasGradient: NonNullable<Clause<'metric'>['applies']> = ({ gradient }) => gradient !== undefined

/** The contract of a metric. */
export const metricClauses: readonly Clause<'metric'>[] = [
  {
    name: 'better and range are those it states',
    every: true,
    async check({ facts, opened }) {
      const { better, range } = await opened()
      demand(better === facts.better, `states better: ${facts.better}, found ${better}`)
      demand(`${range}` === `${facts.range}`, `states the range ${facts.range}, found ${range}`)
    },
  },
  {
    name: 'scores are finite numbers at every size, of flat images too',
    every: true,
    async check({ facts, opened }) {
      const metric = await opened()
      const { small, odd, large } = sizes(facts.minimumSize)
      const images = [photograph(small), photograph(odd), photograph(large), flat(small, 0), flat(small, 0.5)]
      for (const image of images) {
        const score = await metric.score(image)
        demand(Number.isFinite(score), `the score of an image of ${sized(image)} is ${score}`)
      }
    },
  },
  {
    name: 'scores images of the least size that it states, and refuses smaller ones',
    async check({ facts, opened }) {
      const metric = await opened()
      const least = facts.minimumSize
      const score = await metric.score(photograph([least, least]))
      demand(Number.isFinite(score), `the score of an image of ${least}x${least} is ${score}: state a minimumSize`)
      if (least === 1) return
      const image = photograph([least + 8, least - 1])
      const refusal = await rejection(() => metric.score(image), `it scored ${sized(image)}, below its ${least} pixels`)
      demand(isUnavailable(refusal), `it refused ${sized(image)} with ${refusal}, expected an Unavailable`)
    },
  },
  {
    name: 'does not change its input',
    async check({ facts, opened }) {
      const metric = await opened()
      const { small } = sizes(facts.minimumSize)
      const image = photograph(small)
      await metric.score(image)
      demand(sameBits(image.data, photograph(small).data), 'score changed the values of the image that it was given')
      await metric.gradient?.(image)
      demand(sameBits(image.data, photograph(small).data), 'gradient changed the values of the image that it was given')
    },
  },
  {
    name: 'the same image has the same score: again, beside others, in another instance',
    async check({ facts, opened, open }) {
      const metric = await opened()
      const { small } = sizes(facts.minimumSize)
      const first = await metric.score(photograph(small))
      await metric.score(photograph(small, 1))
      const second = await metric.score(photograph(small))
      demand(first === second, `scored ${first}, then ${second}`)
      const [beside] = await Promise.all([0, 1, 2].map((seed) => metric.score(photograph(small, seed))))
      demand(first === beside, `scored ${first}, while other images were being scored ${beside}`)
      const other = await open()
      const third = await other.score(photograph(small))
      await other.dispose?.()
      demand(first === third, `scored ${first}, in another instance ${third}`)
    },
  },
  {
    name: 'tells images apart',
    async check({ facts, opened }) {
      const metric = await opened()
      const { small } = sizes(facts.minimumSize)
      const scores = new Set<number>()
      for (const image of [photograph(small), photograph(small, 1), flat(small, 0.5)])
        scores.add(await metric.score(image))
      demand(scores.size > 1, `different images all have the score ${[...scores][0]}`)
    },
  },
  {
    name: 'it has a gradient exactly if it states one',
    every: true,
    async check({ facts, opened }) {
      const metric = await opened()
      if (!facts.gradient) {
        demand(!metric.gradient, 'it has a gradient and states none')
        return
      }
      const { kind } = await gradientOf(metric, photograph(sizes(facts.minimumSize).small))
      demand(kind === facts.gradient, `states a gradient of kind ${facts.gradient}, found ${kind}`)
    },
  },
  {
    name: 'its gradient is finite, shaped like the image, not all zero, and comes with the score',
    applies: hasGradient,
    async check({ facts, opened }) {
      const metric = await opened()
      const { small, odd } = sizes(facts.minimumSize)
      for (const image of [photograph(small), photograph(odd), flat(small, 0), flat(small, 0.5)]) {
        const { gradient, score } = await gradientOf(metric, image)
        const { length } = image.data
        demand(gradient instanceof Float32Array, `the gradient is ${Object.prototype.toString.call(gradient)}`)
        demand(gradient.length === length, `at ${sized(image)} the gradient has ${gradient.length} values of ${length}`)
        const bad = gradient.findIndex((value) => !Number.isFinite(value))
        demand(bad < 0, `at ${sized(image)} the gradient's value ${bad} is ${gradient[bad]}`)
        const alone = await metric.score(image)
        const scale = Math.max(Math.abs(alone), facts.range[1] - facts.range[0])
        demand(Math.abs(score - alone) <= 1e-5 * scale, `gradient gives the score ${score}, score gives ${alone}`)
      }
      const { gradient } = await gradientOf(metric, photograph(small))
      demand(
        gradient.some((value) => value !== 0),
        'every value of the gradient is zero',
      )
    },
  },
  {
    name: 'an exact gradient equals central differences',
    applies: ({ gradient }) => gradient === 'exact',
    async check({ facts, opened, settings }: Subject<'metric'>) {
      const metric = await opened()
      const image = dithered([Math.max(97, facts.minimumSize | 1), Math.max(71, facts.minimumSize)])
      const { gradient } = await gradientOf(metric, image)
      await compareDerivative('the score', (other) => metric.score(other), image, gradient, settings.tolerance)
    },
  },
  disposal(({ opened }) => [opened()]),
]
