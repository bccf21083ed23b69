import { readdirSync } from 'node:fs'
import { createRandom, type Image, imageOf, type Metric, type Opened, type Plugin, quantised } from '@cupel/core'
import { describe, expect, test } from 'vitest'

const packages = new URL('../packages/', import.meta.url)
const names = readdirSync(packages).filter((name) => name.startsWith('attacks-'))

/** Options that keep training short. */
const brief: Record<string, Record<string, number>> = {
  facpa: { channels: 1, epochs: 1 },
  uap: { size: 8, epochs: 1 },
}

/** Options at which an attack does nothing, and others that keep its test short. */
const idle: Record<string, Record<string, number>> = {
  advcf: { steps: 0 },
  amifgsm: { eps: 0 },
  cadv: { lr: 0 },
  facpa: { ...brief['facpa'], amplitude: 0 },
  fgsm: { eps: 0 },
  ifgsm: { eps: 0 },
  korhonen: { lr: 0 },
  madc: { lr: 0 },
  mifgsm: { eps: 0 },
  nes: { eps: 0, queries: 80 },
  onepixel: { pixels: 0, queries: 8, population: 4 },
  parsimonious: { eps: 0, queries: 20 },
  'patch-rs': { pixels: 0, queries: 20 },
  pgd: { eps: 0 },
  square: { eps: 0, queries: 20 },
  ssah: { lr: 0 },
  stadv: { lr: 0 },
  uap: { ...brief['uap'], amplitude: 0 },
  zhang: { lr: 0 },
}

/**
 * Options at which only its projection keeps an attack within its L-infinity budget `eps`: steps that add up to more,
 * training so fast that it runs into its bounds.
 */
const bounded: Record<string, Record<string, number>> = {
  amifgsm: { steps: 7 },
  facpa: { amplitude: 1, channels: 1, epochs: 40, lr: 1 },
  fgsm: {},
  ifgsm: { step: 0.4 },
  mifgsm: { step: 0.4 },
  nes: { step: 20, queries: 80 },
  parsimonious: { queries: 20 },
  pgd: { step: 0.4 },
  square: { queries: 20 },
  uap: { amplitude: 1, size: 8, epochs: 4, lr: 1 },
}

/** Some values are 0 and some are 1. */
const contrasty = quantised(imageOf(24, 20, (i) => 0.5 + 0.7 * Math.sin(i) * Math.cos(i / 7)))

const x = quantised(imageOf(24, 20, (i) => 0.5 + 0.4 * Math.sin(i) * Math.cos(i / 7)))
const weights = createRandom(1).normals(x.data.length)
const linear: Metric = {
  better: 'higher',
  range: [0, 10],
  score: async ({ data }) => data.reduce((sum, value, i) => sum + weights[i]! * value, 0),
  gradient: async (image) => ({ score: await linear.score(image), gradient: weights.slice(), kind: 'exact' }),
}
const sloping = (value: number): Metric => ({
  ...linear,
  gradient: async (image) => ({ score: 1, gradient: new Float32Array(image.data.length).fill(value), kind: 'exact' }),
})
const context = () => ({ random: createRandom(0), signal: new AbortController().signal })
async function* training(): AsyncGenerator<Image> {
  yield x
}

/** The attack, prepared for `target` if it has to be. */
async function opened(
  plugin: Plugin<'attack'>,
  options: Record<string, number>,
  target = linear,
): Promise<Opened['attack']> {
  const setup = { device: 'cpu' as const, weights: async (name: string) => name }
  const prepared = await plugin.prepare?.(plugin.parse(options), setup, target, training(), context())
  return plugin.open(options, prepared && { prepared })
}

describe.each(names)('%s', async (name) => {
  const { default: plugin }: { default: Plugin<'attack'> } = await import(
    new URL(`${name}/src/index.ts`, packages).pathname
  )
  const options = idle[plugin.name]

  test('at no strength it is the identity', async () => {
    if (!options) throw new Error(`${plugin.name} is missing in this table: at which options does it do nothing?`)
    const attack = await opened(plugin, options)
    const attacked = quantised(await attack.run(x, linear, context()))
    await attack.dispose?.()
    expect(attacked.data).toEqual(x.data)
  })

  const { knob } = plugin.facts(plugin.parse({}))
  // The eps of MADC is a root mean square.
  if (knob?.measure === 'linf' && 'eps' in plugin.options.shape && plugin.name !== 'madc') {
    // The third is off the grid of 8 bits, on which its nearest is 6/255.
    test.each([1, 4, 5.7, 16, 40])('in 8 bits it uses a budget of %f/255 and keeps it', async (k) => {
      const options = bounded[plugin.name]
      if (!options) throw new Error(`${plugin.name} is missing in this table: at which options do its steps leave eps?`)
      const attack = await opened(plugin, { ...options, eps: k / 255 })
      const attacked = quantised(await attack.run(contrasty, linear, context()))
      await attack.dispose?.()
      const levels = attacked.data.map((value, i) => 255 * Math.abs(value - contrasty.data[i]!))
      expect(Math.max(...levels)).toBeCloseTo(Math.floor(k), 3)
    })
  }

  const follows = plugin.facts(plugin.parse({})).needs === 'gradient'
  const broken = follows ? [['zero', 0] as const, ['not a number', Number.NaN] as const] : []
  for (const [called, value] of broken) {
    test(`a gradient that is ${called} everywhere leaves the image as it is, flagged`, async () => {
      const attack = await opened(plugin, brief[plugin.name] ?? {}, sloping(value))
      const attacked = await attack.run(x, sloping(value), context())
      await attack.dispose?.()
      // What was trained on such gradients has learnt nothing, and asks for none.
      const flag = Number.isNaN(value) && !plugin.prepare ? 'zero-gradient nan-gradient' : 'zero-gradient'
      expect(attacked.notes?.['flag']).toBe(flag)
      expect(attacked.data).toEqual(x.data)
    })
  }
})
