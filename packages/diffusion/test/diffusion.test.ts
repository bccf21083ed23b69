import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { createRandom, type Random } from '@cupel/core'
import { bytesInUse } from '@cupel/defence-parity'
import { describe, expect, test } from 'vitest'
import {
  ancestral,
  bfCnn,
  bfCnnLimit,
  ddim,
  linearSchedule,
  type Picture,
  type Prior,
  plan,
  reverseSde,
  type Sampler,
  tiled,
  walk,
} from '../src/index.js'

interface Predicted {
  readonly width: number
  readonly height: number
  readonly step: number
  readonly noise: number[]
  readonly gradient: number[]
}
interface Recorded {
  readonly levels: Record<string, [number, number]>
  readonly predictions: Predicted[]
  readonly walks: { sampler: string; start: number; count: number; end: number[]; gradient: number[] }[]
}

const fixture = (name: string) => fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url))
const recorded = JSON.parse(readFileSync(fixture('recorded.json'), 'utf8')) as Recorded
const schedule = linearSchedule()

/** The numbers of fixtures/make.py. */
const wave = (count: number, seed: number, factor = 1) =>
  Float32Array.from({ length: count }, (_, i) => factor * Math.sin(0.37 * i * i + 1.3 * i + 5.1 * seed))
const picture = (width: number, height: number, seed: number, factor = 1): Picture => ({
  width,
  height,
  data: wave(3 * width * height, seed, factor),
})
const waves: Random = {
  ...createRandom(0),
  fork: (_, step) => ({ ...createRandom(0), normals: (length: number) => wave(length, 10 + Number(step), 1.5) }),
}

const distance = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Math.max(...Array.from(a, (value, i) => Math.abs(value - b[i]!))) / Math.max(...Array.from(b, Math.abs))

/** The made-up prior of fixtures/make.py. */
const madeUp = (learnt: boolean): Prior => ({
  radius: 0,
  async predict({ data }, { step }) {
    const noise = data.map((x) => Math.tanh(0.9 * x + 0.001 * step))
    return { noise, ...(learnt && { range: data.map((x) => Math.sin(2 * x)) }) }
  },
  pullback: async ({ data }, { step }, { noise, range }) =>
    data.map(
      (x, i) =>
        noise[i]! * 0.9 * (1 - Math.tanh(0.9 * x + 0.001 * step) ** 2) + (range ? range[i]! * 2 * Math.cos(2 * x) : 0),
    ),
  dispose: async () => {},
})

test.each(Object.entries(recorded.levels))('step %s of the linear schedule has its signal and noise', (step, pair) => {
  const { signal, noise } = schedule.level(Number(step))
  expect(signal).toBeCloseTo(pair[0], 7)
  expect(noise).toBeCloseTo(pair[1], 7)
})

test('the noise that DiffPure adds, as the literature lists it', () => {
  const listed = { 5: 0.0264, 10: 0.0435, 20: 0.076, 30: 0.1077, 50: 0.1702, 100: 0.3209, 150: 0.4601, 400: 0.8971 }
  for (const [step, noise] of Object.entries(listed)) expect(schedule.level(Number(step)).noise).toBeCloseTo(noise, 4)
  expect(() => schedule.level(1001)).toThrow(/0\.\.1000/)
})

describe('walks and their gradients are those of PyTorch in double precision', () => {
  const samplers: Record<string, Sampler> = { ancestral, learnt: ancestral, ddim, sde: reverseSde }
  test.each(recorded.walks)('$sampler from $start in $count', async ({ sampler, start, count, end, gradient }) => {
    const prior = madeUp(sampler === 'learnt')
    const walked = await walk(prior, plan(schedule, samplers[sampler]!, start, count), picture(5, 4, 3, 1.4), waves)
    expect(distance(walked.data, end)).toBeLessThan(1e-5)
    expect(distance(await walked.pullback(wave(60, 4)), gradient)).toBeLessThan(1e-5)
  })
})

test('a plan takes every step once, or as many as it is told, and ends at the image', () => {
  expect(plan(schedule, ancestral, 5).map(({ from }) => from.step)).toEqual([5, 4, 3, 2, 1])
  expect(plan(schedule, ancestral, 100, 4).map(({ from }) => from.step)).toEqual([100, 75, 50, 25])
  expect(plan(schedule, ddim, 3, 10)).toHaveLength(3)
  expect(plan(schedule, ddim, 0)).toEqual([])
  expect(plan(schedule, ancestral, 5).at(-1)).toMatchObject({ x: 0, deviation: 0 })
  expect(plan(schedule, ancestral, 5).at(-1)!.clean).toBeCloseTo(1, 12)
})

describe('a pullback of 18 steps', () => {
  const start = picture(96, 96, 3)
  const size = start.data.byteLength

  /** Goes there and back; what is in use is counted in arrays of the picture's size, `start` not among them. */
  async function measured(learnt: boolean, most?: number) {
    const prior = madeUp(learnt)
    const before = bytesInUse()
    let [predictions, pullbacks, inUse] = [0, 0, 0]
    const watched: Prior = {
      ...prior,
      predict(...args) {
        predictions++
        return prior.predict(...args)
      },
      pullback(...args) {
        if (pullbacks++ % 3 === 0) inUse = Math.max(inUse, bytesInUse() - before)
        return prior.pullback(...args)
      },
    }
    const { pullback } = await walk(watched, plan(schedule, ancestral, 18), start, waves, undefined, most)
    const kept = (bytesInUse() - before) / size
    const gradient = await pullback(start.data)
    return { predictions, kept, inUse: inUse / size, gradient }
  }

  test('holds 2 root(2n) arrays and a few for the step at hand, and predicts each step once', async () => {
    const { predictions, kept, inUse } = await measured(false)
    expect(predictions).toBe(2 * 18)
    expect(kept).toBeLessThanOrEqual(6)
    expect(inUse).toBeLessThanOrEqual(12 + 4)
    expect((await measured(true)).inUse).toBeLessThanOrEqual(12 + 3 + 4)
  })

  test('holds fewer where few may be kept along the way, for one more prediction a step and the same gradient', async () => {
    const { predictions, kept, inUse, gradient } = await measured(false, 2 * size)
    expect(predictions).toBe(3 * 18)
    expect(kept).toBeLessThanOrEqual(2)
    expect(inUse).toBeLessThanOrEqual(2 + 2 * Math.sqrt(18) + 4)
    expect(gradient).toEqual((await measured(false)).gradient)
  })
})

test.each([4, 14])(
  'it stops between two of ten steps when it is aborted, there or back: at prediction %i',
  async (at) => {
    const stop = new AbortController()
    const prior = madeUp(false)
    let calls = 0
    const stopping: Prior = {
      ...prior,
      predict(...args) {
        if (++calls === at) stop.abort('enough')
        return prior.predict(...args)
      },
    }
    const there = walk(stopping, plan(schedule, ancestral, 10), picture(4, 4, 3), waves, stop.signal)
    await expect(there.then(({ pullback }) => pullback(wave(48, 4)))).rejects.toBe('enough')
    expect(calls).toBe(at)
  },
)

describe('BF_CNN', () => {
  const check = (name: string, path: string, predictions: readonly Predicted[]) =>
    test.each(predictions)(`${name}: noise and pullback at $width x $height, step $step`, async (one) => {
      const prior = await bfCnn(path)
      const [given, level] = [picture(one.width, one.height, 1), schedule.level(one.step)]
      expect(distance((await prior.predict(given, level)).noise, one.noise)).toBeLessThan(1e-5)
      const noise = wave(one.noise.length, 2)
      expect(distance(await prior.pullback(given, level, { noise }), one.gradient)).toBeLessThan(1e-5)
      await prior.dispose()
    })
  check('random weights', fixture('bf-cnn.pt'), recorded.predictions)

  const data = process.env['CUPEL_DATA'] ?? fileURLToPath(new URL('../../../../shared/data', import.meta.url))
  const official = `${data}/weights/bf-cnn/BF_CNN_BSD300_color_0to100.pt`
  describe.skipIf(!existsSync(official))(
    existsSync(official) ? 'official' : `official (${official} is not there)`,
    () => {
      const { predictions } = JSON.parse(readFileSync(fixture('official.json'), 'utf8')) as Recorded
      check('the authors’ weights', official, predictions)
    },
  )

  test('knows its way as far as it was trained, sigma 100/255', () => {
    const sigma = (step: number) => schedule.level(step).noise / schedule.level(step).signal / 2
    expect(sigma(bfCnnLimit)).toBeLessThanOrEqual(100 / 255)
    expect(sigma(bfCnnLimit + 1)).toBeGreaterThan(100 / 255)
  })

  test('knows how far it looks: a pixel a layer', async () => {
    expect((await bfCnn(fixture('bf-cnn.pt'))).radius).toBe(5)
  })

  test('the file of another network is refused', async () => {
    await expect(bfCnn(fixture('recorded.json'))).rejects.toThrow(/recorded\.json/)
  })

  test('tiles with a margin of its radius change nothing, neither noise nor pullback', async () => {
    const prior = await bfCnn(fixture('bf-cnn.pt'))
    const inTiles = tiled(prior, { window: 24, reach: prior.radius, ramp: 4 })
    const [given, level] = [picture(61, 50, 1), schedule.level(30)]
    const [whole, parts] = [await prior.predict(given, level), await inTiles.predict(given, level)]
    expect(distance(parts.noise, whole.noise)).toBeLessThan(1e-5)
    const noise = wave(given.data.length, 2)
    const pulled = await prior.pullback(given, level, { noise })
    expect(distance(await inTiles.pullback(given, level, { noise }), pulled)).toBeLessThan(1e-5)
    const narrow = tiled(prior, { window: 24, ramp: 4 })
    expect(distance((await narrow.predict(given, level)).noise, whole.noise)).toBeGreaterThan(1e-3)
  })
})

test.each(['predict', 'pullback'] as const)(
  'a prior in tiles stops within a tile when it is aborted: %s',
  async (what) => {
    const stop = new AbortController()
    const prior = madeUp(false)
    let calls = 0
    /** Answers, and a moment later is not wanted any more. */
    const asked = <T>(answer: T): T => {
      if (++calls === 3) setImmediate(() => stop.abort('enough'))
      return answer
    }
    const stopping: Prior = {
      ...prior,
      predict: (...args) => asked(prior.predict(...args)),
      pullback: (...args) => asked(prior.pullback(...args)),
    }
    const inTiles = tiled(stopping, { window: 8 })
    const [given, level] = [picture(64, 64, 1), schedule.level(30)]
    const asking =
      what === 'predict'
        ? inTiles.predict(given, level, stop.signal)
        : inTiles.pullback(given, level, { noise: given.data }, stop.signal)
    await expect(asking).rejects.toBe('enough')
    expect(calls).toBe(3)
  },
)

test('a walk hands its signal to the prior, there and back', async () => {
  const { signal } = new AbortController()
  const prior = madeUp(false)
  const given: (AbortSignal | undefined)[] = []
  const noting: Prior = {
    ...prior,
    predict(picture, level, signal) {
      given.push(signal)
      return prior.predict(picture, level)
    },
    pullback(picture, level, gradient, signal) {
      given.push(signal)
      return prior.pullback(picture, level, gradient)
    },
  }
  const walked = await walk(noting, plan(schedule, ancestral, 2), picture(4, 4, 3), waves, signal)
  await walked.pullback(wave(48, 4))
  expect(given).toEqual(new Array(6).fill(signal))
})

test('tiles cover every pixel once whatever the size, and their derivative is the derivative', async () => {
  const prior = madeUp(true)
  for (const [width, height] of [
    [24, 24],
    [25, 24],
    [31, 100],
    [7, 3],
  ] as const) {
    const inTiles = tiled(prior, { window: 24, reach: 3, ramp: 5 })
    const [given, level] = [picture(width, height, 1), schedule.level(30)]
    const [whole, parts] = [await prior.predict(given, level), await inTiles.predict(given, level)]
    expect(distance(parts.noise, whole.noise)).toBeLessThan(1e-6)
    expect(distance(parts.range!, whole.range!)).toBeLessThan(1e-6)
    const cotangent = { noise: wave(given.data.length, 2), range: wave(given.data.length, 3) }
    const back = await prior.pullback(given, level, cotangent)
    expect(distance(await inTiles.pullback(given, level, cotangent), back)).toBeLessThan(1e-6)
  }
})
