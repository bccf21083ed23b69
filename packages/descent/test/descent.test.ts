import { createRandom, type Image, imageOf, type Metric, quantised, z } from '@cupel/core'
import {
  adam,
  adversarial,
  box,
  budget,
  descend,
  l2Ball,
  linfBall,
  momentum,
  norm,
  normalised,
  perturb,
  sign,
  weighted,
} from '@cupel/descent'
import { smallNetwork } from '@cupel/descent/parity'
import { describe, expect, test } from 'vitest'

const context = { signal: new AbortController().signal }
const gray = imageOf(8, 6, () => 0.5)
const w = createRandom(3).normals(gray.data.length)

/** f(x) = <w, x>: every step and its gain are known in advance. */
const linear = (better: Metric['better'] = 'higher', range: readonly [number, number] = [0, 10]): Metric => ({
  better,
  range,
  score: async ({ data }) => data.reduce((sum, value, i) => sum + w[i]! * value, 0),
  gradient: async ({ data }) => ({ score: data.reduce((sum, v, i) => sum + w[i]! * v, 0), gradient: w, kind: 'exact' }),
})

describe('the analytic case f(x) = <w, x>', () => {
  test.each(['higher', 'lower'] as const)('sign steps gain eps ||w||_1 where %s is better', async (better) => {
    const target = linear(better)
    const eps = 8 / 255
    const attacked = await perturb(gray, adversarial(target), {
      steps: 10,
      context,
      optimiser: sign(eps / 10),
      constraints: [linfBall(eps)],
    })
    const gain = (await target.score(attacked)) - (await target.score(gray))
    expect(gain * (better === 'higher' ? 1 : -1)).toBeCloseTo(eps * norm(w, 1), 4)
  })
  test('normalised steps in an L2 ball gain eps ||w||_2', async () => {
    const attacked = await perturb(gray, adversarial(linear()), {
      steps: 20,
      context,
      optimiser: normalised(0.1),
      constraints: [l2Ball(0.5)],
    })
    const gain = (await linear().score(attacked)) - (await linear().score(gray))
    expect(gain).toBeCloseTo(0.5 * norm(w, 2), 4)
  })
  test('the range changes the size of the gradient and not its direction', async () => {
    const narrow = await adversarial(linear('higher', [0, 1]))(gray)
    const wide = await adversarial(linear('higher', [100, 0]))(gray)
    expect(wide.gradient[0]! * 100).toBeCloseTo(narrow.gradient[0]!, 5)
  })
})

describe('the adversarial loss', () => {
  test('its gradient equals central differences', async () => {
    for (const better of ['higher', 'lower'] as const) {
      const loss = adversarial(smallNetwork(better))
      const x = imageOf(9, 7, (i) => 0.5 + 0.4 * Math.sin(i))
      const d = createRandom(5).normals(x.data.length)
      const along = (h: number): Image => ({ ...x, data: x.data.map((value, i) => value + h * d[i]!) })
      const numeric = ((await loss(along(1e-3))).value - (await loss(along(-1e-3))).value) / 2e-3
      const analytic = (await loss(x)).gradient.reduce((sum, g, i) => sum + g * d[i]!, 0)
      expect(Math.abs(analytic)).toBeGreaterThan(1e-3)
      expect(Math.abs(numeric - analytic)).toBeLessThan(1e-3 * Math.abs(analytic))
    }
  })
  test('values that are not finite become 0', async () => {
    const gradient = new Float32Array(gray.data.length).fill(Number.NaN)
    gradient[3] = 2
    gradient[4] = Infinity
    const broken: Metric = { ...linear(), gradient: async () => ({ score: 1, gradient, kind: 'exact' }) }
    const { gradient: slope, nan } = await adversarial(broken)(gray)
    expect(nan).toBe(true)
    expect((await adversarial(linear())(gray)).nan).toBe(false)
    expect([...slope.slice(2, 6)].map((value) => value + 0)).toEqual([0, expect.closeTo(-0.2), 0, 0])
    expect(gradient[3]).toBe(2)
  })
  test('losses are added with their weights', async () => {
    const loss = adversarial(linear())
    const sum = await weighted([2, loss], [0.5, loss])(gray)
    const one = await loss(gray)
    expect(sum.value).toBeCloseTo(2.5 * one.value, 6)
    expect(sum.gradient[7]).toBeCloseTo(2.5 * one.gradient[7]!, 6)
  })
})

describe('the loop', () => {
  const steps = { context, optimiser: sign(1 / 255), constraints: [linfBall(8 / 255)] }
  test('no gradient at all returns the image as it is, flagged', async () => {
    const zero = {
      ...linear(),
      gradient: async () => ({ score: 0, gradient: new Float32Array(144), kind: 'exact' as const }),
    }
    const attacked = await perturb(gray, adversarial(zero), {
      ...steps,
      steps: 5,
      start: new Float32Array(144).fill(0.1),
    })
    expect(attacked.notes).toEqual({ flag: 'zero-gradient' })
    expect(attacked.data).toEqual(gray.data)
  })
  test('a gradient that holds no numbers at all returns the image as it is, flagged for both', async () => {
    const gradient = new Float32Array(144).fill(Number.NaN)
    const none: Metric = { ...linear(), gradient: async () => ({ score: 0, gradient, kind: 'exact' }) }
    const attacked = await perturb(gray, adversarial(none), { ...steps, steps: 5 })
    expect(attacked).toEqual({ ...gray, notes: { flag: 'zero-gradient nan-gradient' } })
  })
  test('a gradient that ceases to be numbers leaves the image where it was by then, flagged', async () => {
    let asked = 0
    const ceasing: Metric = {
      ...linear(),
      gradient: async () => ({
        score: 0,
        gradient: asked++ < 2 ? w : new Float32Array(144).fill(Number.NaN),
        kind: 'exact',
      }),
    }
    const attacked = await perturb(gray, adversarial(ceasing), { ...steps, steps: 5 })
    const twice = await perturb(gray, adversarial(linear()), { ...steps, steps: 2 })
    expect(asked).toBe(5)
    expect(attacked).toEqual({ ...twice, notes: { flag: 'nan-gradient' } })
  })
  test('no steps change nothing', async () => {
    expect((await perturb(gray, adversarial(linear()), { ...steps, steps: 0 })).data).toEqual(gray.data)
  })
  test('an abort stops it between two steps', async () => {
    const controller = new AbortController()
    let asked = 0
    const target: Metric = {
      ...linear(),
      gradient: async () => {
        if (++asked === 3) controller.abort(new Error('enough'))
        return { score: 0, gradient: w, kind: 'exact' }
      },
    }
    await expect(
      perturb(gray, adversarial(target), { ...steps, steps: 50, context: { signal: controller.signal } }),
    ).rejects.toThrow('enough')
    expect(asked).toBe(3)
  })
  test('the start and the image are not changed', async () => {
    const start = new Float32Array(144)
    await perturb(gray, adversarial(linear()), { ...steps, steps: 5, start })
    expect(start.every((value) => value === 0)).toBe(true)
    expect(gray.data.every((value) => value === 0.5)).toBe(true)
  })
  test('the box holds the perturbed image, while without it p may go beyond', async () => {
    const bright = imageOf(8, 6, () => 0.999)
    const gain = {
      ...linear(),
      gradient: async () => ({ score: 0, gradient: w.map(Math.abs), kind: 'exact' as const }),
    }
    const within = await perturb(bright, adversarial(gain), { ...steps, steps: 4, constraints: [box] })
    expect(Math.max(...within.data)).toBeLessThanOrEqual(1)
    const far = new Float32Array(144).fill(-2)
    box(far, bright)
    expect(far[0]).toBeCloseTo(-0.999, 6)
  })
})

describe('what is kept', () => {
  // Steps of 1 about the minimum at 0 of |v|: 2.5, 1.5, 0.5, -0.5 after a start far away, then back and forth.
  const distance = async (v: Float32Array) => ({
    value: Math.abs(v[0]! - 0.1),
    gradient: Float32Array.of(Math.sign(v[0]! - 0.1)),
  })
  test.each([
    ['last', 6, -0.5],
    ['best', 6, 0.5],
    ['best', 3, 0.5],
  ] as const)('the %s point after %i steps', async (keep, steps, expected) => {
    const { variable } = await descend(Float32Array.of(3.5), distance, { steps, keep, optimiser: sign(1), context })
    expect(variable[0]).toBe(expected)
  })
})

describe('optimisers', () => {
  const quadratic = async (v: Float32Array) => ({ value: 0, gradient: v.map((value) => 2 * value) })
  test('Adam finds the minimum of a quadratic', async () => {
    const { variable } = await descend(Float32Array.of(1, -2), quadratic, {
      steps: 400,
      optimiser: adam(0.05),
      context,
    })
    expect(norm(variable, 2)).toBeLessThan(1e-3)
  })
  test("Adam's first move is the learning rate, unless the gradient is as small as its epsilon", () => {
    const [large, small] = adam(0.01)()(Float32Array.of(3, 1e-8))
    expect(large).toBeCloseTo(-0.01, 6)
    expect(small).toBeCloseTo(-0.005, 6)
  })
  test('momentum accumulates, each gradient normalised if asked', () => {
    const plain = momentum(0.5, 'none', () => (m) => m.slice())()
    plain(Float32Array.of(2, -2))
    expect([...plain(Float32Array.of(1, 1))]).toEqual([2, 0])
    const dong = momentum(1, 'l1', () => (m) => m.slice())()
    dong(Float32Array.of(2, -2))
    expect([...dong(Float32Array.of(4, 0))]).toEqual([1.5, -0.5])
  })
  test('two runs of one optimiser do not share state', () => {
    const optimiser = momentum(1, 'none', () => (m) => m.slice())
    optimiser()(Float32Array.of(5))
    expect(optimiser()(Float32Array.of(1))[0]).toBe(1)
  })
})

describe('budgets', () => {
  const eps = z.object({ eps: budget().default(8 / 255) })
  test.each([
    ['8/255', 8],
    [8 / 255, 8],
    [0.1, 25],
    [0.9 / 255, 0],
    [1, 255],
    [undefined, 8],
  ])('%s is %i steps of the 8-bit grid', (given, levels) => {
    expect(eps.parse({ eps: given }).eps * 255).toBeCloseTo(levels, 9)
  })
  test.each([
    ['300/255', 'expected number to be <=1'],
    [-0.1, 'expected number to be >=0'],
    ['1', 'a fraction such as'],
    ['a/b', 'a fraction such as'],
    ['1/0', 'received Infinity'],
    ['0/0', 'received NaN'],
    [Number.NaN, 'received NaN'],
  ])('%s is refused: %s', (given, message) => {
    expect(() => eps.parse({ eps: given })).toThrow(message)
  })
  test('a budget is kept after rounding to 8 bits', async () => {
    const { eps: resolved } = eps.parse({ eps: 0.0117 })
    const x = imageOf(8, 6, (i) => (100 + (i % 50)) / 255)
    const attacked = quantised(
      await perturb(x, adversarial(linear()), {
        steps: 9,
        context,
        optimiser: sign(0.0013),
        constraints: [linfBall(resolved)],
      }),
    )
    const greatest = Math.max(...attacked.data.map((value, i) => Math.abs(value - x.data[i]!)))
    expect(greatest).toBeGreaterThan(0)
    expect(greatest).toBeLessThanOrEqual(0.0117)
  })
})
