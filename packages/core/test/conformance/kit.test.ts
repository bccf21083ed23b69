import { defineMetric, type Image, type Metric, type Plugin } from '@cupel/core'
import { clauses, conformance, Skipped, type Test } from '@cupel/core/conformance'
import { describe, expect, test } from 'vitest'
import { toyMetric } from '../../src/conformance/toy.js'
import { signs } from './good/attacks.js'
import { window } from './good/defences.js'

// Both test functions are accepted as they are; a type error here would say so.
const accepted: readonly Test[] = [test, {} as typeof import('node:test').test]
expect(accepted).toHaveLength(2)

/** Registers a plugin's clauses and runs them as a test runner would, skips collected. */
async function results(plugin: Plugin, settings = {}): Promise<{ name: string; skipped?: string; failed?: string }[]> {
  const bodies: [string, Parameters<Test>[1]][] = []
  conformance(plugin, (name, body) => bodies.push([name, body]), settings)
  const out: { name: string; skipped?: string; failed?: string }[] = []
  for (const [name, body] of bodies) {
    const result: { name: string; skipped?: string; failed?: string } = { name }
    const skip = (reason?: string): void => {
      result.skipped = reason!
    }
    await body({ skip }).catch((error: Error) => {
      result.failed = error.message
    })
    out.push(result)
  }
  return out
}

describe('weights', () => {
  const needy = defineMetric({
    name: 'needy',
    summary: 'needs a file',
    better: 'higher',
    range: [0, 1],
    weights: { net: { file: 'no-such-network.pt', licence: 'MIT' } },
    create: async (_, { weights }) => {
      const path = await weights('net')
      return { score: async ({ data }: Image) => data[0]! + path.length }
    },
  }) as unknown as Plugin

  test('that are absent skip what needs them, and the reason names the file', async () => {
    const all = await results(needy)
    const [definition, behaviour] = [all.slice(0, 6), all.slice(6)]
    expect(definition.every(({ skipped, failed }) => !skipped && !failed)).toBe(true)
    expect(behaviour.length).toBeGreaterThan(5)
    for (const { skipped, failed } of behaviour) {
      expect(failed).toBeUndefined()
      expect(skipped).toContain('needy needs the weights file no-such-network.pt')
    }
    await expect(clauses(needy)[6]!.check()).rejects.toThrow(Skipped)
  })

  test('can be given by path', async () => {
    // Any file that exists will do.
    const given = await results(needy, { weights: { net: import.meta.filename } })
    expect(given.filter(({ skipped, failed }) => skipped || failed)).toEqual([])
  })

  test('an Unavailable that no absent file explains is a failure', async () => {
    const sulking = defineMetric({
      name: 'sulking',
      summary: 'refuses',
      better: 'higher',
      range: [0, 1],
      create: () => {
        throw Object.assign(new Error('not today'), { name: 'Unavailable' })
      },
    }) as unknown as Plugin
    const all = await results(sulking)
    expect(all.some(({ failed }) => failed === 'not today')).toBe(true)
    expect(all.every(({ skipped }) => skipped === undefined)).toBe(true)
  })
})

describe('settings', () => {
  test('options are laid over those of every variant', async () => {
    const taken: unknown[] = []
    const watched = Object.assign(() => signs(), {
      ...signs,
      open: (options: { steps: number }) => {
        taken.push(options)
        return signs.open(options)
      },
    })
    await results(watched as unknown as Plugin, { options: { steps: 3 } })
    expect(taken.length).toBeGreaterThan(3)
    for (const options of taken) expect(options).toMatchObject({ steps: 3 })
    expect(() => clauses(signs, { options: { steps: 'many' } })).toThrow(
      'attack signs, steps: found "many", expected a number',
    )
  })

  test('another toy is attacked instead, and only has to be improved', async () => {
    let asked = 0
    const toy = (better: 'higher' | 'lower'): Metric => {
      const metric = toyMetric(better)
      return {
        ...metric,
        gradient: async (image) => {
          asked++
          // Half of the image does not count.
          const { gradient, ...rest } = await metric.gradient(image)
          return { ...rest, gradient: gradient.map((g, i) => (i % 3 ? 0 : g)) }
        },
      }
    }
    const all = await results(signs as unknown as Plugin, { toy })
    expect(asked).toBeGreaterThan(20)
    expect(all.filter(({ failed }) => failed)).toEqual([])
    // One whose gradient leads astray is still found out.
    const perverse = (better: 'higher' | 'lower'): Metric => {
      const metric = toyMetric(better)
      return {
        ...metric,
        gradient: async (image) => {
          const { gradient, ...rest } = await metric.gradient(image)
          return { ...rest, gradient: gradient.map((g) => -g) }
        },
      }
    }
    const astray = await results(signs as unknown as Plugin, { toy: perverse })
    expect(astray.filter(({ failed }) => failed).map(({ name }) => name)).toEqual([
      'signs: reaches half of the optimum and beats noise where higher is better',
      'signs: reaches half of the optimum and beats noise where lower is better',
    ])
  })
})

test('default variants are checked whole, others by the cheap clauses', () => {
  const wide = { ...window, defaults: ['window'], variants: { window: {}, other: {} } }
  const plugin = Object.defineProperty(
    Object.assign(() => window(), wide),
    'name',
    { value: 'window' },
  ) as unknown as Plugin
  const names = clauses(plugin).map(({ name }) => name)
  expect(names.filter((name) => name.startsWith('other: ')).length).toBeLessThan(
    names.filter((name) => name.startsWith('window: ')).length - 6,
  )
  expect(names).toContain('other: the size changes exactly if it states so')
})
