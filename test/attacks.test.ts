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

  const follows = plugin.facts(plugin.parse({})).needs === 'gradient'
  const broken = follows ? [['zero', 0] as const, ['not a number', Number.NaN] as const] : []
  for (const [called, value] of broken) {
    test(`a gradient that is ${called} everywhere leaves the image as it is, flagged`, async () => {
      const attack = await opened(plugin, brief[plugin.name] ?? {}, sloping(value))
      const attacked = await attack.run(x, sloping(value), context())
      await attack.dispose?.()
      // What was trained on such gradients has learnt nothing, and asks for none.
      const flag = Number.isNaN(value) && !plugin.prepare ? 'nan-gradient' : 'zero-gradient'
      expect(attacked.notes?.['flag']).toBe(flag)
      expect(attacked.data).toEqual(x.data)
    })
  }
})
