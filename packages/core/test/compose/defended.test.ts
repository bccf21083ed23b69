import {
  type Context,
  createRandom,
  type Defence,
  defended,
  defineMetric,
  digest,
  type Image,
  imageOf,
  type Metric,
  resize,
  resizeAdjoint,
} from '@cupel/core'
import { conformance } from '@cupel/core/conformance'
import { describe, expect, test } from 'vitest'
import { coarse, gamma, window } from '../conformance/good/defences.js'
import { roughness } from '../conformance/good/metrics.js'

const image = imageOf(12, 9, (i) => 0.2 + (0.6 * ((i * 37) % 101)) / 101)
const metric = roughness()

/** Multiplies by a number drawn from the seed: its pullback is that number. */
const dimmed: Defence & { drawn: number[] } = {
  drawn: [],
  async purify(given, context?: Context) {
    const factor = 0.5 + context!.random.uniform() / 2
    this.drawn.push(factor)
    return {
      ...given,
      data: given.data.map((value) => factor * value),
      pullback: async (gradient) => ({ gradient: gradient.map((g) => factor * g), kind: 'surrogate' }),
    }
  },
}

/** A metric of the mean: the gradient is the same number everywhere. */
const brightness: Metric = {
  better: 'higher',
  range: [0, 1],
  score: async ({ data }) => data.reduce((sum, value) => sum + value, 0) / data.length,
  gradient: async (given) => ({
    score: await brightness.score(given),
    gradient: new Float32Array(given.data.length).fill(1 / given.data.length),
    kind: 'exact',
  }),
}

describe('expectation over transformation', () => {
  test('scores and gradients are means over the draws', async () => {
    dimmed.drawn = []
    const many = defended(brightness, dimmed, { samples: 7, random: createRandom(3) })
    const score = await many.score(image)
    expect(new Set(dimmed.drawn).size).toBe(7)
    const mean = dimmed.drawn.reduce((sum, factor) => sum + factor, 0) / 7
    expect(score).toBeCloseTo(mean * (await brightness.score(image)), 6)
    const { gradient, score: again, kind } = await many.gradient!(image)
    // The same draws for the score and for the gradient of one image.
    expect(new Set(dimmed.drawn).size).toBe(7)
    expect(again).toBe(score)
    expect(gradient[5]).toBeCloseTo(mean / image.data.length, 8)
    expect(kind).toBe('surrogate')
  })

  test('draws belong to the image, the source and the number: not to the order of calls', async () => {
    const other = imageOf(12, 9, (i) => 1 - image.data[i]!)
    const a = defended(brightness, dimmed, { samples: 2 })
    const first = [await a.score(image), await a.score(other)]
    const b = defended(brightness, dimmed, { samples: 2 })
    const second = [await b.score(other), await b.score(image)].reverse()
    expect(second).toEqual(first)
    const [c, d] = await Promise.all([b.score(image), b.score(other)])
    expect([c, d]).toEqual(first)
    expect(await defended(brightness, dimmed, { samples: 2, random: createRandom(9) }).score(image)).not.toBe(first[0])
  })
})

describe('the gradient', () => {
  const without = (purify: (given: Image) => Image): Defence => ({ purify: async (given) => purify(given) })

  test('passes over a defence without a pullback that keeps the size', async () => {
    const levels = without((given) => ({ ...given, data: given.data.map((value) => Math.round(value * 7) / 7) }))
    const purified = await levels.purify(image)
    const { gradient, score, kind } = await defended(metric, levels).gradient!(image)
    const inner = await metric.gradient!(purified)
    expect(kind).toBe('identity')
    expect(score).toBe(inner.score)
    expect(gradient).toEqual(inner.gradient)
  })

  test('comes back through the adjoint of a bilinear resize where the size changes', async () => {
    const smaller = { width: 7, height: 5 }
    const shrunk = without((given) => resize(given, { ...smaller, method: 'nearest' }))
    const { gradient, kind } = await defended(metric, shrunk).gradient!(image)
    const inner = await metric.gradient!(await shrunk.purify(image))
    expect(kind).toBe('identity')
    expect(gradient).toEqual(resizeAdjoint(inner.gradient, image, smaller))
  })

  test('has the kind of its weakest link', async () => {
    const kindOf = async (kind: 'exact' | 'estimated') => {
      const inner: Metric = {
        ...brightness,
        gradient: async (given) => ({ ...(await brightness.gradient!(given)), kind }),
      }
      return (await defended(inner, dimmed).gradient!(image)).kind
    }
    expect(await kindOf('exact')).toBe('surrogate')
    expect(await kindOf('estimated')).toBe('estimated')
    expect((await defended(metric, window()).gradient!(image)).kind).toBe('exact')
  })

  test('is absent where the metric has none', () => {
    expect(defended({ better: 'lower', range: [0, 1], score: async () => 0 }, coarse()).gradient).toBeUndefined()
  })
})

test('the signal reaches the defence, the image stays as it was', async () => {
  const before = digest(image)
  const reason = new Error('enough')
  const aborted = defended(metric, coarse(), { signal: AbortSignal.abort(reason) })
  await expect(aborted.score(image)).rejects.toBe(reason)
  await defended(metric, coarse()).gradient!(image)
  expect(digest(image)).toBe(before)
})

// A metric behind a defence is a metric: the same contract, gradient included.
for (const [name, defence] of Object.entries({ coarse, gamma })) {
  const composed = defineMetric({
    name: `roughness-behind-${name}`,
    summary: 'a composition',
    better: 'lower',
    range: [0, 100],
    gradient: 'exact',
    create: () => defended(roughness(), defence()),
  })
  conformance(composed, test)
}
