import {
  counted,
  createRandom,
  defineAttack,
  either,
  estimated,
  imageOf,
  lowered,
  type Metric,
  toward,
  weakest,
} from '@cupel/core'
import { describe, expect, test } from 'vitest'
import { signs } from '../conformance/good/attacks.js'
import { roughness } from '../conformance/good/metrics.js'

const image = imageOf(8, 8, (i) => 0.3 + (0.4 * ((i * 53) % 97)) / 97)
const metric = roughness()
const scoreOnly = (of: Metric): Metric => ({ better: of.better, range: of.range, score: of.score })

describe('counted', () => {
  test('counts scores and gradients apart and changes nothing', async () => {
    const counting = counted(metric)
    expect(counting.queries).toEqual({ scores: 0, gradients: 0 })
    expect(await counting.score(image)).toBe(await metric.score(image))
    await counting.score(image)
    expect(await counting.gradient!(image)).toEqual(await metric.gradient!(image))
    expect(counting.queries).toEqual({ scores: 2, gradients: 1 })
    expect(counting).toMatchObject({ better: 'lower', range: [0, 100] })
    expect(counted(scoreOnly(metric)).gradient).toBeUndefined()
  })
})

describe('estimated', () => {
  test('points along the gradient, and is as long on average', async () => {
    const target = counted(scoreOnly(metric))
    const { gradient, score, kind } = await estimated(target, { samples: 800, random: createRandom(1) }).gradient!(
      image,
    )
    expect(kind).toBe('estimated')
    expect(score).toBe(await metric.score(image))
    expect(target.queries.scores).toBe(2 * 800 + 1)
    const exact = (await metric.gradient!(image)).gradient
    const dot = (a: Float32Array, b: Float32Array): number => a.reduce((sum, value, i) => sum + value * b[i]!, 0)
    const cosine = dot(gradient, exact) / Math.sqrt(dot(gradient, gradient) * dot(exact, exact))
    // 800 samples in 192 dimensions: sqrt(800 / (800 + 192)) = 0.90.
    expect(cosine).toBeGreaterThan(0.87)
    expect(dot(gradient, exact) / dot(exact, exact)).toBeGreaterThan(0.9)
    expect(dot(gradient, exact) / dot(exact, exact)).toBeLessThan(1.1)
  })

  test('is a function of the source and the image', async () => {
    const estimate = (seed: number) => estimated(scoreOnly(metric), { samples: 5, random: createRandom(seed) })
    const first = (await estimate(1).gradient!(image)).gradient
    const busy = estimate(1)
    await busy.gradient!(imageOf(8, 8, () => 0.5))
    expect((await busy.gradient!(image)).gradient).toEqual(first)
    expect((await estimate(2).gradient!(image)).gradient).not.toEqual(first)
  })

  test('asks only for images: probes of black and white stay within 0..1', async () => {
    const watched: Metric = {
      ...scoreOnly(metric),
      async score(given) {
        expect(given.data.every((value) => value >= 0 && value <= 1)).toBe(true)
        return metric.score(given)
      },
    }
    await estimated(watched, { samples: 3, sigma: 0.5 }).gradient!(imageOf(8, 8, (i) => i % 2))
  })
})

describe('objectives', () => {
  const attack = signs({ steps: 3 })

  test('lowered turns what is better around, and the attack with it', async () => {
    const source = await metric.score(image)
    expect(lowered(metric).better).toBe('higher')
    expect(await metric.score(await attack.run(image, metric))).toBeLessThan(source)
    expect(await metric.score(await attack.run(image, lowered(metric)))).toBeGreaterThan(source)
  })

  test('toward is the distance to a value, and its gradient', async () => {
    const source = await metric.score(image)
    for (const value of [source + 5, source - 5]) {
      const target = toward(metric, value)
      expect(target).toMatchObject({ better: 'lower', range: [0, 100] })
      expect(await target.score(image)).toBeCloseTo(5, 5)
      const { score, gradient, kind } = await target.gradient!(image)
      const inner = (await metric.gradient!(image)).gradient
      expect([score, kind]).toEqual([await target.score(image), 'exact'])
      expect(gradient[20]).toBe(value > source ? -inner[20]! : inner[20])
      const moved = await metric.score(await attack.run(image, target))
      expect(Math.abs(moved - value)).toBeLessThan(5)
    }
    expect(toward(scoreOnly(metric), 1).gradient).toBeUndefined()
  })

  test('either keeps whichever moved the score further, and says which', async () => {
    // From a flat image the roughness can only rise.
    const flat = imageOf(8, 8, (i) => 0.5 + (i % 2) / 1000)
    expect((await either(attack).run(flat, metric)).notes).toEqual({ steps: 3, objective: 'worsen' })
    // This one moves brightly one way and hardly the other.
    const lopsided = defineAttack({
      name: 'lopsided',
      summary: 'strong upwards',
      needs: 'score',
      create: () => ({
        run: async (given, { better }) => ({
          ...given,
          data: given.data.map((value) => (better === 'higher' ? value / 2 : value * 0.99)),
        }),
      }),
    })
    const mean: Metric = {
      better: 'higher',
      range: [0, 1],
      score: async ({ data }) => data.reduce((sum, value) => sum + value, 0) / data.length,
    }
    const { notes, data } = await either(lopsided()).run(image, mean)
    expect(notes).toEqual({ objective: 'improve' })
    expect(data[0]).toBeCloseTo(image.data[0]! / 2, 6)
  })
})

test('the weakest link names the chain', () => {
  expect(weakest()).toBe('exact')
  expect(weakest('exact', 'identity', 'surrogate')).toBe('identity')
  expect(weakest('estimated', 'exact')).toBe('estimated')
})
