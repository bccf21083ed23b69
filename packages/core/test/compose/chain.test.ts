import { expect, test } from 'vitest'
import { conformance } from '../../src/conformance/index.js'
import {
  chain,
  createRandom,
  type Defence,
  defineChain,
  defineDefence,
  type Image,
  imageOf,
  link,
  type Notes,
  resize,
  resizeAdjoint,
} from '../../src/index.js'

/** Scales by a factor, exactly and linearly. */
const dimmed = defineDefence({
  name: 'dimmed',
  summary: 'multiplies by 0.5',
  gradient: 'exact',
  create: () => ({
    purify: async (image) => ({
      ...image,
      data: image.data.map((value) => value * 0.5),
      pullback: async (gradient) => ({ gradient: gradient.map((value) => value * 0.5), kind: 'exact' }),
    }),
  }),
})

/** Moves every row one pixel to the right, around; carries the original along. */
const turned = defineDefence({
  name: 'turned',
  summary: 'turns rows around by one pixel',
  gradient: 'exact',
  create: () => {
    const by = (data: Float32Array, width: number, step: number) =>
      data.map((_, i) => data[i - (i % width) + (((i % width) + step + width) % width)]!)
    return {
      purify: async (image) => ({
        ...image,
        data: by(image.data, image.width, -1),
        pullback: async (gradient) => ({ gradient: by(gradient, image.width, 1), kind: 'exact' }),
        register: async (original) => ({ ...original, data: by(original.data, image.width, -1) }),
      }),
    }
  },
})

/** Notes what it is told to. */
const noting = (notes: Notes): Defence => ({ purify: async (image) => ({ ...image, notes }) })

/** Halves the sides and says nothing about its gradient or frame. */
const silent: Defence = { purify: async (image) => resize(image, { width: image.width / 2, height: image.height / 2 }) }

/** Adds a little of the draw it is given. */
const drawn = defineDefence({
  name: 'drawn',
  summary: 'adds a number drawn',
  random: true,
  gradient: 'exact',
  create: () => ({
    purify: async (image, { random }) => {
      const add = random.uniform() / 10
      return {
        ...image,
        data: image.data.map((value) => Math.min(1, value + add)),
        pullback: async (gradient) => ({ gradient, kind: 'exact' }),
      }
    },
  }),
})

const image: Image = imageOf(8, 6, (i) => ((i * 37) % 100) / 200)

test('links follow each other in order', async () => {
  const purified = await chain(turned(), dimmed()).purify(image)
  expect(purified.data[1]).toBeCloseTo(image.data[0]! / 2, 7)
})

test('an empty chain changes nothing', async () => {
  const purified = await chain().purify(image)
  expect(purified.data).toEqual(image.data)
  expect(await purified.pullback!(image.data)).toEqual({ gradient: image.data, kind: 'exact' })
})

test('the gradient goes back through every link, and a link without one makes it the identity', async () => {
  const exact = await (await chain(turned(), dimmed()).purify(image)).pullback!(image.data)
  expect(exact.kind).toBe('exact')
  expect(exact.gradient[0]).toBeCloseTo(image.data[1]! / 2, 7)

  const through = await chain(dimmed(), silent, turned()).purify(image)
  const y = imageOf(4, 3, (i) => i / 36).data
  const { gradient, kind } = await through.pullback!(y)
  expect(kind).toBe('identity')
  const back = y.map((_, i) => y[i - (i % 4) + (((i % 4) + 1) % 4)]!)
  expect(gradient).toEqual(resizeAdjoint(back, image, { width: 4, height: 3 }).map((value) => value * 0.5))
})

test('the original is carried through every frame', async () => {
  const purified = await chain(turned(), dimmed(), silent).purify(image)
  const original = imageOf(8, 6, (i) => (i % 8) / 8)
  const frame = await purified.register!(original)
  expect([frame.width, frame.height]).toEqual([4, 3])
  // Turned: 7 0 1 2 3 4 5 6; halved: means of pairs; not dimmed, since that is what fidelity is about.
  expect([...frame.data.subarray(0, 4)].map((value) => value * 8)).toEqual([3.5, 1.5, 3.5, 5.5])
})

test('two random links draw apart', async () => {
  const context = { random: createRandom(1), signal: new AbortController().signal }
  const one = (await drawn().purify(image, context)).data[0]! - image.data[0]!
  const two = (await chain(drawn(), drawn()).purify(image, context)).data[0]! - image.data[0]!
  expect(two).not.toBeCloseTo(2 * one, 4)
})

const named = defineChain({
  name: 'turned-dimmed',
  summary: 'turned, then dimmed',
  links: [link(turned), link(dimmed)],
})
conformance(named, test)
conformance(defineChain({ name: 'drawn-twice', summary: 'drawn twice', links: [link(drawn), link(drawn)] }), test)

test('a chain as a plugin states what its links state together', async () => {
  expect(named.facts({})).toMatchObject({ random: false, changesSize: false, gradient: 'exact', minimumSize: 1 })
  const weights = (file: string) => ({ net: { file, licence: 'MIT' } })
  const heavy = (name: string, file: string) =>
    defineDefence({
      name,
      summary: 'needs weights',
      weights: weights(file),
      minimumSize: 9,
      changesSize: true,
      random: true,
      create: async (_, setup) => {
        const path = await setup.weights('net')
        return { purify: async (one) => ({ ...one, data: one.data.map(() => path.length / 10) }) }
      },
    })
  const pair = defineChain({
    name: 'pair',
    summary: 'two',
    links: [link(heavy('a', 'a.pt')), link(heavy('b', 'b.pt'))],
  })
  expect(pair.facts({})).toMatchObject({ random: true, changesSize: true, gradient: 'identity', minimumSize: 9 })
  expect(Object.values(pair.facts({}).weights).map(({ file }) => file)).toEqual(['a.pt', 'b.pt'])
  // Each link is handed its own file, although both call it net.
  const paths: Record<string, string> = { '0 net': 'xx', '1 net': 'xxxxx' }
  const opened = await pair.open({}, { weights: async (name) => paths[name]! })
  expect((await opened.purify(imageOf(9, 9, () => 0))).data[0]).toBeCloseTo(0.5, 6)
})

test('what the links note is joined, with all their flags; a link does not note what the one before it did', async () => {
  const image = imageOf(4, 4, () => 0.5)
  const notesOf = async (...links: Defence[]) => (await chain(...links).purify(image)).notes
  expect(await notesOf(dimmed(), silent)).toBeUndefined()
  const tiled = noting({ flag: 'tiled', tiles: 4 })
  expect(await notesOf(tiled, dimmed())).toEqual({ flag: 'tiled', tiles: 4 })
  expect(await notesOf(tiled, noting({ flag: 'other tiled', count: 2 }))).toEqual({
    flag: 'tiled other',
    tiles: 4,
    count: 2,
  })
})

test('of sizes a chain says what its links say', () => {
  const particular = defineDefence({
    name: 'particular',
    summary: 'takes small images',
    sizes: 'whole up to 9 pixels',
    create: () => ({ purify: async (image) => image }),
  })
  const named = { name: 'some', summary: 'some' }
  const sizes = (...links: Parameters<typeof defineChain>[0]['links']) => {
    const plugin = defineChain({ ...named, links })
    return plugin.facts(plugin.parse()).sizes
  }
  expect(sizes(link(dimmed), link(turned))).toBe('any')
  expect(sizes(link(dimmed), link(particular))).toBe('particular: whole up to 9 pixels')
})
