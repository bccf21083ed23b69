import { defineMetric, type Image } from '@cupel/core'
import { roughness } from '../good/metrics.js'
import { any, type Broken, count, facts, metric, once, poked } from './tampered.js'

export const brokenMetrics: readonly Broken[] = [
  { clause: 'better and range', how: 'another better', plugin: metric(() => ({ better: 'higher' })) },
  {
    clause: 'scores are finite',
    how: 'NaN for large images',
    plugin: metric(({ score }) => ({ score: async (image) => (image.width > 300 ? Number.NaN : score(image)) })),
  },
  {
    clause: 'scores images of the least size',
    how: 'NaN for one pixel, which it states to accept',
    plugin: metric(({ score }) => ({ score: async (image) => (image.width < 2 ? Number.NaN : score(image)) })),
  },
  {
    clause: 'scores images of the least size',
    how: 'a number below its least size',
    plugin: metric(() => ({}), facts(roughness, { minimumSize: 16 })),
  },
  {
    clause: 'does not change its input',
    how: 'score writes into it',
    plugin: metric(({ score }) => ({
      async score(image) {
        const value = await score(image)
        image.data[0]! += 1e-4
        return value
      },
    })),
  },
  {
    clause: 'the same image has the same score',
    how: 'a score that drifts from call to call',
    plugin: metric(({ score }) => ({ score: async (image) => (await score(image)) + 1e-9 * count() })),
  },
  {
    clause: 'the same image has the same score',
    how: 'a score of its instance',
    plugin: metric(({ score }) => {
      const own = 1e-9 * count()
      return { score: async (image) => (await score(image)) + own }
    }),
  },
  {
    clause: 'the same image has the same score',
    how: 'calls share a field',
    plugin: metric(({ score }) => {
      let current: Image
      return {
        async score(image) {
          current = image
          await undefined
          return score(current)
        },
      }
    }),
  },
  {
    clause: 'tells images apart',
    how: 'a constant',
    plugin: any(
      defineMetric({
        name: 'constant',
        summary: 'always 3',
        better: 'higher',
        range: [0, 1],
        create: () => ({ score: async () => 3 }),
      }),
    ),
  },
  {
    clause: 'it has a gradient exactly',
    how: 'another kind than stated',
    plugin: metric(
      ({ gradient }) => ({ gradient: async (image) => ({ ...(await gradient!(image)), kind: 'exact' }) }),
      facts(roughness, { gradient: 'surrogate' }),
    ),
  },
  {
    clause: 'it has a gradient exactly',
    how: 'one that it does not state',
    plugin: metric(() => ({}), facts(roughness, { gradient: undefined })),
  },
  {
    clause: 'its gradient is finite',
    how: 'NaN for black images',
    plugin: metric(({ gradient }) => ({
      async gradient(image) {
        const given = await gradient!(image)
        return image.data.every((value) => value === 0)
          ? { ...given, gradient: poked(given.gradient, Number.NaN) }
          : given
      },
    })),
  },
  {
    clause: 'its gradient is finite',
    how: 'a score of its own',
    plugin: metric(({ gradient }) => ({ gradient: async (image) => ({ ...(await gradient!(image)), score: 0.5 }) })),
  },
  {
    clause: 'an exact gradient',
    how: '5 % too long',
    plugin: metric(({ gradient }) => ({
      async gradient(image) {
        const given = await gradient!(image)
        return { ...given, gradient: given.gradient.map((g) => 1.05 * g) }
      },
    })),
  },
  {
    clause: 'can be disposed of',
    how: 'not twice',
    plugin: metric(once),
  },
]
