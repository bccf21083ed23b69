import {
  type Attack,
  type Context,
  clamped,
  type Defence,
  defineAttack,
  defineDefence,
  defineMetric,
  type Image,
  type Kind,
  type Metric,
  type Opened,
  type Plugin,
  type Purified,
  resize,
  z,
} from '@cupel/core'
import { coarse, dots, gamma, roughness, signs, universal, window } from './good.js'

/** A plugin that fails one clause. */
export interface Broken {
  readonly clause: string
  readonly how: string
  readonly plugin: Plugin
}

const any = (plugin: unknown): Plugin => plugin as Plugin

/** A copy of a plugin with other fields, and opened things that `change` has had its hands on. */
function tampered<K extends Kind>(
  plugin: unknown,
  change: (opened: Opened[K]) => Partial<Opened[K]>,
  fields: Record<string, unknown> = {},
): Plugin {
  const original = plugin as Plugin<K>
  const changed = (opened: Opened[K]): Opened[K] => ({ ...opened, ...change(opened) })
  const copy: Plugin<K> = Object.assign((options?: Record<string, unknown>) => changed(original(options)), {
    ...original,
    open: async (...given: Parameters<Plugin<K>['open']>) => changed(await original.open(...given)),
    ...fields,
  }) as unknown as Plugin<K>
  return any(Object.defineProperty(copy, 'name', { value: original.name }))
}

const metric = (change: (opened: Metric) => Partial<Metric>, fields?: Record<string, unknown>) =>
  tampered<'metric'>(roughness, change, fields)
const attack = (change: (opened: Attack) => Partial<Attack>, fields?: Record<string, unknown>, of: unknown = signs) =>
  tampered<'attack'>(of, change, fields)
const defence = (
  change: (opened: Defence) => Partial<Defence>,
  fields?: Record<string, unknown>,
  of: unknown = coarse,
) => tampered<'defence'>(of, change, fields)

/** A defence whose results `change` has had its hands on. */
const purifying = (
  change: (purified: Purified, image: Image) => Partial<Purified>,
  fields?: Record<string, unknown>,
  of: unknown = coarse,
) =>
  defence(
    ({ purify }) => ({
      async purify(image, context) {
        const purified = await purify(image, context)
        return { ...purified, ...change(purified, image) }
      },
    }),
    fields,
    of,
  )

const facts = (plugin: unknown, other: object): Record<string, unknown> => ({
  facts: (options: never) => ({ ...(plugin as Plugin).facts(options), ...other }),
})

const poked = (data: Float32Array, value: number): Float32Array => data.map((old, i) => (i === 0 ? value : old))
const unabortable = (context?: Context): Context => ({ ...context!, signal: new AbortController().signal })

let calls = 0

/** Can be disposed of once. */
function once() {
  let gone = false
  return {
    async dispose() {
      if (gone) throw new Error('gone already')
      gone = true
    },
  }
}

const definition: Broken[] = [
  {
    clause: 'names are lower-case',
    how: 'an alias in capitals',
    plugin: metric(() => ({}), { aliases: { ROUGH: 'roughness' } }),
  },
  { clause: 'names are lower-case', how: 'another api', plugin: metric(() => ({}), { api: 2 }) },
  { clause: 'its summary', how: 'none', plugin: metric(() => ({}), { summary: '' }) },
  {
    clause: 'every option',
    how: 'no default',
    plugin: metric(() => ({}), {
      options: roughness.options.extend({ more: z.number().optional().describe('x') }),
    }),
  },
  {
    clause: 'every option',
    how: 'no description',
    plugin: any(
      defineDefence({
        name: 'plain',
        summary: 'nothing',
        options: z.object({ strength: z.number().default(1) }),
        create: () => ({ purify: async (image) => ({ ...image }) }),
      }),
    ),
  },
  {
    clause: 'an unknown option',
    how: 'accepts any',
    plugin: metric(() => ({}), { parse: (given = {}) => ({ scale: 1000, ...(given as object) }) }),
  },
  {
    clause: 'variants parse',
    how: 'two alike',
    plugin: metric(() => ({}), { variants: { roughness: {}, a: { scale: 2 }, b: { scale: 2 } } }),
  },
  {
    clause: 'variants parse',
    how: 'an alias of nothing',
    plugin: metric(() => ({}), { aliases: { rough: 'rougher' } }),
  },
  {
    clause: 'the facts',
    how: 'weights without a licence',
    plugin: metric(() => ({}), facts(roughness, { weights: { w: { file: 'w.pt', licence: '' } } })),
  },
  {
    clause: 'the facts',
    how: 'a knob whose range is reversed',
    plugin: attack(() => ({}), facts(signs, { knob: { option: 'step', measure: 'linf', range: [0.01, 0.001] } })),
  },
]

const metrics: Broken[] = [
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
    plugin: metric(({ score }) => ({ score: async (image) => (await score(image)) + 1e-9 * calls++ })),
  },
  {
    clause: 'the same image has the same score',
    how: 'a score of its instance',
    plugin: metric(({ score }) => {
      const own = 1e-9 * calls++
      return { score: async (image) => (await score(image)) + own }
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

const wrongWayWhere = (better: string): Plugin =>
  attack(({ run }) => ({
    run: (image, target, context) =>
      run(
        image,
        target.better === better ? { ...target, better: better === 'higher' ? 'lower' : 'higher' } : target,
        context,
      ),
  }))

const attacks: Broken[] = [
  {
    clause: 'gives an image of the same sides',
    how: 'a value below 0',
    plugin: attack(
      ({ run }) => ({
        async run(image, target, context) {
          const attacked = await run(image, target, context)
          return image.width === 64 ? { ...attacked, data: poked(attacked.data, -1e-3) } : attacked
        },
      }),
      facts(signs, { knob: undefined }),
    ),
  },
  {
    clause: 'accepts odd sides',
    how: 'odd sides become even',
    plugin: attack(({ run }) => ({
      async run(image, target, context) {
        const attacked = await run(image, target, context)
        return resize(attacked, { width: 2 * Math.ceil(image.width / 2), height: 2 * Math.ceil(image.height / 2) })
      },
    })),
  },
  {
    clause: 'does not change its input',
    how: 'run works in place',
    plugin: attack(({ run }) => ({
      async run(image, target, context) {
        const attacked = await run(image, target, context)
        image.data.set(attacked.data)
        return attacked
      },
    })),
  },
  {
    clause: 'the same seed gives the same bytes',
    how: 'depends on how often it ran',
    plugin: attack(
      ({ run }) => ({
        async run(image, target, context) {
          const attacked = await run(image, target, context)
          return { ...attacked, data: poked(attacked.data, attacked.data[0]! - 1e-5 * ++calls) }
        },
      }),
      facts(signs, { random: true }),
    ),
  },
  {
    clause: 'the result depends on the seed',
    how: 'states random and is not',
    plugin: attack(() => ({}), facts(signs, { random: true })),
  },
  {
    clause: 'the result depends on the seed',
    how: 'is random and does not say so',
    plugin: attack(
      () => ({}),
      {
        ...facts(dots, { random: false }),
        parse: (given: object) => dots.parse({ queries: 200, pixels: 5, ...given }),
      },
      dots,
    ),
  },
  {
    clause: 'asks of its target',
    how: 'states score and asks for gradients',
    plugin: attack(() => ({}), facts(signs, { needs: 'score' })),
  },
  {
    clause: 'asks of its target',
    how: 'states gradient and asks for scores',
    plugin: attack(() => ({}), facts(dots, { needs: 'gradient' }), dots),
  },
  {
    clause: 'does not begin',
    how: 'only looks at the signal later',
    plugin: attack(({ run }) => ({
      run: (image, target, context) => run(image, target, context?.signal.aborted ? unabortable(context) : context),
    })),
  },
  {
    clause: 'stops soon',
    how: 'looks at the signal when it is done',
    plugin: any(
      defineAttack({
        name: 'deaf',
        summary: 'does not listen',
        needs: 'gradient',
        create: () => ({ run: (image, target, context) => signs().run(image, target, unabortable(context)) }),
      }),
    ),
  },
  {
    clause: 'its knob moves',
    how: 'a knob that nothing is connected to',
    plugin: attack(
      () => ({}),
      facts(signs, { knob: { option: 'loose', measure: 'linf', range: [0, 1] } }),
      any(
        defineAttack({
          name: 'loose',
          summary: 'ignores its option',
          needs: 'gradient',
          options: z.object({ loose: z.number().default(1).describe('nothing') }),
          create: () => ({ run: (image, target, context) => signs().run(image, target, context) }),
        }),
      ),
    ),
  },
  {
    clause: 'reaches half of the optimum and beats noise where higher is better',
    how: 'worsens it',
    plugin: wrongWayWhere('higher'),
  },
  {
    clause: 'reaches half of the optimum and beats noise where lower is better',
    how: 'worsens it',
    plugin: wrongWayWhere('lower'),
  },
  {
    clause: 'reaches half of the optimum and beats noise where lower is better',
    how: 'a third of the signs are wrong',
    plugin: attack(({ run }) => ({
      async run(image, target, context) {
        const attacked = await run(image, target, context)
        if (target.better === 'higher') return attacked
        const data = attacked.data.map((value, i) => (i % 3 === 0 ? 2 * image.data[i]! - value : value))
        return clamped({ ...image, data })
      },
    })),
  },
  {
    clause: 'preparation gives the same bytes',
    how: 'counts',
    plugin: attack(
      () => ({}),
      {
        prepare: async (...given: Parameters<NonNullable<typeof universal.prepare>>) => {
          const bytes = await universal.prepare!(...given)
          const shift = new Float32Array(bytes.buffer)
          shift[0]! *= 1 + 1e-6 * ++calls
          return bytes
        },
        ...facts(universal, {}),
      },
      universal,
    ),
  },
  {
    clause: 'can be disposed of',
    how: 'not twice',
    plugin: attack(once),
  },
]

const defences: Broken[] = [
  {
    clause: 'gives an image',
    how: 'a value above 1',
    plugin: purifying((purified) => (purified.width === 64 ? { data: poked(purified.data, 1.001) } : {})),
  },
  {
    clause: 'accepts odd sides',
    how: 'NaN at odd sides',
    plugin: purifying((purified) => (purified.width === 223 ? { data: poked(purified.data, Number.NaN) } : {})),
  },
  {
    clause: 'accepts odd sides',
    how: 'purifies below its least size',
    plugin: defence(() => ({}), facts(coarse, { minimumSize: 16 })),
  },
  {
    clause: 'the size changes',
    how: 'states a change and makes none',
    plugin: defence(() => ({}), facts(coarse, { changesSize: true })),
  },
  {
    clause: 'the size changes',
    how: 'does not state the change',
    plugin: defence(() => ({}), facts(window, { changesSize: false }), window),
  },
  {
    clause: 'does not change its input',
    how: 'purify writes into it',
    plugin: defence(({ purify }) => ({
      async purify(image, context) {
        const purified = await purify(image, context)
        if (image.width === 64) image.data[0] = 0
        return purified
      },
    })),
  },
  {
    clause: 'does not change its input',
    how: 'pullback scales what it is given',
    plugin: purifying(({ pullback }) => ({
      async pullback(gradient) {
        const back = await pullback!(gradient)
        if (gradient.length === 3 * 64 * 48) gradient[0]! *= 2
        return back
      },
    })),
  },
  {
    clause: 'the same seed gives the same bytes',
    how: 'a stream shared by its calls',
    plugin: purifying(
      (purified) => (purified.width === 64 ? { data: poked(purified.data, 0.5 + 1e-5 * calls++) } : {}),
      facts(coarse, { random: true }),
    ),
  },
  {
    clause: 'the result depends on the seed',
    how: 'states random and is not',
    plugin: defence(() => ({}), facts(coarse, { random: true })),
  },
  {
    clause: 'the result depends on the seed',
    how: 'is random and does not say so',
    plugin: defence(() => ({}), facts(window, { random: false }), window),
  },
  {
    clause: 'does not begin',
    how: 'does not look at the signal',
    plugin: defence(({ purify }) => ({ purify: (image, context) => purify(image, unabortable(context)) })),
  },
  {
    clause: 'register carries',
    how: 'the original as it is, beside a crop',
    plugin: purifying(() => ({ register: async (original) => original }), {}, window),
  },
  {
    clause: 'it has a pullback exactly',
    how: 'another kind than stated',
    plugin: defence(() => ({}), facts(coarse, { gradient: 'identity' })),
  },
  {
    clause: 'it has a pullback exactly',
    how: 'one that it does not state',
    plugin: defence(() => ({}), facts(coarse, { gradient: undefined })),
  },
  {
    clause: 'its pullback is finite',
    how: 'values of the purified size',
    plugin: any(
      defineDefence({
        name: 'half',
        summary: 'half the size',
        changesSize: true,
        gradient: 'identity',
        create: () => ({
          purify: async (image) => ({
            ...resize(image, { width: Math.ceil(image.width / 2), height: Math.ceil(image.height / 2) }),
            pullback: async (gradient) => ({ gradient, kind: 'identity' }),
          }),
        }),
      }),
    ),
  },
  {
    clause: 'an exact pullback',
    how: 'of a linear defence, wrong in one pixel',
    plugin: purifying(({ pullback }) => ({
      async pullback(gradient) {
        const back = await pullback!(gradient)
        return { ...back, gradient: poked(back.gradient, 0) }
      },
    })),
  },
  {
    clause: 'an exact pullback',
    how: 'of a smooth defence, passed over',
    plugin: purifying(() => ({ pullback: async (gradient) => ({ gradient, kind: 'exact' }) }), {}, gamma),
  },
  {
    clause: 'an exact pullback',
    how: 'of the last draw instead of its own',
    plugin: defence(
      ({ purify }) => {
        let last: Purified
        return {
          async purify(image, context) {
            last = await purify(image, context)
            return {
              ...last,
              pullback: async (gradient) => {
                const { gradient: own } = await last.pullback!(gradient)
                return { gradient: own, kind: 'exact' }
              },
            }
          },
        }
      },
      {},
      window,
    ),
  },
  {
    clause: 'can be disposed of',
    how: 'not twice',
    plugin: defence(once),
  },
]

export const broken: readonly Broken[] = [...definition, ...metrics, ...attacks, ...defences]
