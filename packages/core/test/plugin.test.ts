import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  CupelError,
  createRandom,
  defineAttack,
  defineDefence,
  defineMetric,
  type Image,
  imageOf,
  isCupelError,
  isUnavailable,
  type Metric,
  Unavailable,
  z,
} from '@cupel/core'
import { afterEach, describe, expect, test, vi } from 'vitest'

const image = imageOf(6, 5, (i) => (i % 11) / 10)

/** A metric that reports how it is created and disposed of. */
function observed(score: (image: Image) => number = () => 1) {
  const create = vi.fn()
  const dispose = vi.fn(async () => {})
  const plugin = defineMetric({
    name: 'observed',
    summary: 'reports what is done with it',
    better: 'higher',
    range: [0, 1],
    options: z.object({ offset: z.number().min(0).max(5).default(2).describe('added to the score') }),
    create: async (options, setup) => {
      create(options, setup)
      return { score: async (given) => score(given) + options.offset, dispose }
    },
  })
  return { plugin, create, dispose }
}

describe('the callable form', () => {
  test('opens on first use, and once', async () => {
    const { plugin, create } = observed()
    const metric = plugin({ offset: 3 })
    expect(create).not.toHaveBeenCalled()
    expect(await Promise.all([metric.score(image), metric.score(image)])).toEqual([4, 4])
    expect(await metric.score(image)).toBe(4)
    expect(create).toHaveBeenCalledTimes(1)
    expect(create.mock.calls[0]![0]).toEqual({ offset: 3 })
    expect(create.mock.calls[0]![1]).toMatchObject({ device: 'cpu' })
  })

  test('carries its definition', () => {
    const plugin = defineDefence({
      name: 'squeeze',
      summary: 'fewer levels',
      paper: 'Xu et al., NDSS 2018',
      options: z.object({ bits: z.int().default(4).describe('bits a channel') }),
      variants: { 'squeeze-2': { bits: 2 } },
      defaults: ['squeeze', 'squeeze-2'],
      aliases: { 'bit-depth': 'squeeze' },
      create: () => ({ purify: async (given) => given }),
    })
    expect({ ...plugin, name: plugin.name }).toMatchObject({
      kind: 'defence',
      api: 1,
      name: 'squeeze',
      summary: 'fewer levels',
      paper: 'Xu et al., NDSS 2018',
      variants: { squeeze: {}, 'squeeze-2': { bits: 2 } },
      defaults: ['squeeze', 'squeeze-2'],
      aliases: { 'bit-depth': 'squeeze' },
    })
    expect(plugin.parse({})).toEqual({ bits: 4 })
    expect(observed().plugin.defaults).toEqual(['observed'])
  })

  test('open tells errors at once; what failed to open can still be disposed of', async () => {
    const failing = defineMetric({
      name: 'failing',
      summary: 'cannot be created',
      better: 'higher',
      range: [0, 1],
      create: () => {
        throw new Error('no luck')
      },
    })
    await expect(failing.open()).rejects.toThrow('no luck')
    const metric = failing()
    await expect(metric.score(image)).rejects.toThrow('no luck')
    await metric.dispose?.()
  })

  test('dispose reaches what was created, and creates nothing', async () => {
    const { plugin, create, dispose } = observed()
    await plugin().dispose?.()
    expect(create).not.toHaveBeenCalled()
    const metric = await plugin.open()
    await metric.dispose?.()
    expect(dispose).toHaveBeenCalledTimes(1)
  })
})

describe('options', () => {
  const { plugin } = observed()
  test.each([
    [{ offset: 9 }, 'metric observed, offset: found 9, expected '],
    [{ offset: 'two' }, 'offset: found "two", expected a number'],
    [{ ofset: 2 }, '"ofset" is no option; did you mean "offset"?'],
    [7, 'found 7, expected an object'],
  ])('%j are refused when the plugin is called', (options, message) => {
    expect(() => plugin(options as object)).toThrow(CupelError)
    expect(() => plugin(options as object)).toThrow(message)
  })
})

describe('facts', () => {
  test('may be functions of the options', async () => {
    const plugin = defineMetric({
      name: 'varied',
      summary: 'facts that depend',
      options: z.object({ error: z.boolean().default(false).describe('a distance rather than a quality') }),
      better: ({ error }) => (error ? 'lower' : 'higher'),
      range: ({ error }) => (error ? [0, 1] : [0, 100]),
      gradient: ({ error }) => (error ? undefined : 'exact'),
      minimumSize: ({ error }) => (error ? 2 : 8),
      create: () => ({
        score: async () => 1,
        gradient: async (given) => ({ score: 1, gradient: new Float32Array(given.data.length), kind: 'exact' }),
      }),
    })
    expect(plugin.facts(plugin.parse())).toEqual({
      better: 'higher',
      range: [0, 100],
      gradient: 'exact',
      minimumSize: 8,
      weights: {},
    })
    const error = plugin({ error: true })
    expect(error).toMatchObject({ better: 'lower', range: [0, 1] })
    expect(error.gradient).toBeUndefined()
    expect(await error.score(image)).toBe(1)
    await expect(plugin().score(image)).rejects.toThrow('varied needs images of at least 8 pixels a side, found 6 x 5')
  })

  test('default to what most plugins are', () => {
    const attack = defineAttack({ name: 'a', summary: 's', needs: 'score', create: () => ({ run: async (i) => i }) })
    expect(attack.facts({})).toEqual({ needs: 'score', random: false, knob: undefined, weights: {}, minimumSize: 1 })
    const defence = defineDefence({ name: 'd', summary: 's', create: () => ({ purify: async (i) => i }) })
    expect(defence.facts({})).toMatchObject({ random: false, changesSize: false, gradient: undefined })
  })
})

describe('weights', () => {
  const before = process.env['CUPEL_CACHE']
  afterEach(() => {
    if (before === undefined) delete process.env['CUPEL_CACHE']
    else process.env['CUPEL_CACHE'] = before
  })
  const weighted = (extra: object, name = 'net') =>
    defineMetric({
      name: 'weighted',
      summary: 'needs a file',
      better: 'higher',
      range: [0, 1],
      weights: { net: { file: 'net.pt', licence: 'MIT', ...extra } },
      create: async (_, { weights }) => {
        const path = await weights(name)
        return { score: async () => path.length }
      },
    })

  test('that are absent are Unavailable: which file, where it is sought, what to do', async () => {
    process.env['CUPEL_CACHE'] = '/nowhere'
    const opening = weighted({ url: 'https://example.org/net.pt' }).open()
    await expect(opening).rejects.toThrow(Unavailable)
    await expect(opening).rejects.toThrow(
      `weighted needs the weights file net.pt, which is not in ${join('/nowhere', 'weights')}; get it with: npx --package @cupel/runner cupel weights pull net.pt`,
    )
    await expect(weighted({ instructions: 'ask the authors' }).open()).rejects.toThrow(
      'ask the authors; then: npx --package @cupel/runner cupel weights add PATH --as net.pt',
    )
    await expect(weighted({ url: 'https://example.org/net.pt' })().score(image)).rejects.toThrow(Unavailable)
  })

  test('are sought in the weights folder, or where the setup says', async () => {
    const cache = mkdtempSync(join(tmpdir(), 'cupel-'))
    process.env['CUPEL_CACHE'] = cache
    mkdirSync(join(cache, 'weights'))
    writeFileSync(join(cache, 'weights', 'net.pt'), '')
    expect(await weighted({})().score(image)).toBe(join(cache, 'weights', 'net.pt').length)
    rmSync(cache, { recursive: true })
    const elsewhere = await weighted({}).open({}, { weights: async (name) => `/my/${name}` })
    expect(await elsewhere.score(image)).toBe('/my/net'.length)
  })

  test('that the plugin does not declare are a defect of it', async () => {
    await expect(weighted({}, 'other').open()).rejects.toThrow('asks for weights "other" that it does not declare')
  })
})

describe('an attack', () => {
  const attack = defineAttack({
    name: 'steep',
    summary: 'follows the gradient',
    needs: 'gradient',
    create: () => ({ run: async (given) => given }),
  })
  const scoreOnly: Metric = { better: 'higher', range: [0, 1], score: async () => 1 }

  test('that needs a gradient is Unavailable for a target without one', async () => {
    const run = attack().run(image, scoreOnly)
    await expect(run).rejects.toThrow(Unavailable)
    await expect(run).rejects.toThrow('steep needs a gradient and its target gives scores only')
  })

  test('that returns its input returns the image alone, not what came with it', async () => {
    const purified = { ...image, notes: { flag: 'tiled' }, pullback: async () => image }
    const attacked = await attack().run(purified, { ...scoreOnly, gradient: async () => Promise.reject() })
    expect(attacked).toEqual(image)
  })

  test('gets a context with seed 0 where none is given', async () => {
    const spy = defineAttack({
      name: 'spy',
      summary: 'tells what it draws',
      needs: 'nothing',
      create: () => ({ run: async (given, _, { random }) => ({ ...given, notes: { drawn: random.uniform() } }) }),
    })
    const { notes } = await spy().run(image, scoreOnly)
    expect(notes).toEqual({ drawn: createRandom(0).uniform() })
  })
})

test('images are checked on the way in', async () => {
  const nan = imageOf(6, 5, () => Number.NaN)
  await expect(observed().plugin().score(nan)).rejects.toThrow(
    'image given to observed: NaN at channel R, row 0, column 0',
  )
})

test('an abort while it works is an abort, though the plugin does not look at the signal', async () => {
  const controller = new AbortController()
  const reason = new Error('enough')
  const defence = defineDefence({
    name: 'slow',
    summary: 'does not look',
    create: () => ({
      async purify(given) {
        controller.abort(reason)
        return given
      },
    }),
  })
  const context = { random: createRandom(0), signal: controller.signal }
  await expect(defence().purify(image, context)).rejects.toBe(reason)
  await expect(defence().purify(image, context)).rejects.toBe(reason)
})

test('an abort from outside is one too, where the plugin lets nothing in while it works', async () => {
  const defence = defineDefence({
    name: 'stubborn',
    summary: 'keeps the thread to itself',
    create: () => ({
      async purify(given) {
        for (const start = performance.now(); performance.now() - start < 50; );
        return given
      },
    }),
  })
  const context = { random: createRandom(0), signal: AbortSignal.timeout(10) }
  await expect(defence().purify(image, context)).rejects.toMatchObject({ name: 'TimeoutError' })
})

test('a gradient of another length than the purified image is refused', async () => {
  const defence = defineDefence({
    name: 'cut',
    summary: 'keeps one pixel',
    gradient: 'exact',
    create: () => ({
      purify: async () => ({
        ...imageOf(1, 1, () => 0.5),
        pullback: async () => ({ gradient: new Float32Array(image.data.length), kind: 'exact' }),
      }),
    }),
  })
  const { pullback } = await defence().purify(image)
  expect((await pullback!(new Float32Array(3))).kind).toBe('exact')
  await expect(pullback!(new Float32Array(image.data.length))).rejects.toThrow(
    `cut, pullback: found a gradient of ${image.data.length} values, expected the 3 of the purified image`,
  )
})

test('errors of another copy of this package are known by name', () => {
  const foreign = Object.assign(new Error('x'), { name: 'Unavailable' })
  expect(isUnavailable(foreign) && isCupelError(foreign)).toBe(true)
  expect(isUnavailable(new CupelError('x'))).toBe(false)
  expect(isCupelError(new Unavailable('x'))).toBe(true)
  expect(isCupelError(new Error('x')) || isCupelError('CupelError')).toBe(false)
})
