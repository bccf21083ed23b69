import { z } from 'zod'
import { CupelError, Unavailable } from './errors.js'
import { wrong } from './explain.js'
import type { CommonFacts, Fact, Facts, Kind, Knob, Needs } from './facts.js'
import type { GradientKind } from './gradient.js'
import { bare, checkImage, type Image } from './image.js'
import type { Attack, Attacked, Better, Context, Defence, Metric, Purified, Setup } from './interface.js'
import { createRandom } from './random.js'
import { turn } from './turn.js'
import { presentWeights, type WeightsTable } from './weights.js'

/** The version of this interface; a plugin built for another one is refused at discovery. */
export const API = 1

/** What each kind of plugin is when it is opened. */
export interface Opened {
  readonly metric: Metric
  readonly attack: Attack
  readonly defence: Defence
}

/**
 * A plugin: call it with options for something that works alone and opens itself on first use, as in
 * `await jpeg({ quality: 50 }).purify(image)`, or `open` it for the same thing with errors at once and a setup of your own.
 */
export interface Plugin<K extends Kind = Kind, S extends z.ZodObject = z.ZodObject> {
  (options?: z.input<S>): Opened[K]
  readonly kind: K
  readonly api: typeof API
  /** The last part of the package's name: `jpeg` for @cupel/defences-jpeg. */
  readonly name: string
  /** One line: what it does. */
  readonly summary: string
  /** The source: authors, title, venue, year, address. */
  readonly paper: string | undefined
  readonly options: S
  /** Named sets of options, the plugin's own name (no options) among them. */
  readonly variants: Readonly<Record<string, z.input<S>>>
  /** The variants that the plugin's name alone stands for in a run. */
  readonly defaults: readonly string[]
  /** Names that other tools use, and the variant each means. */
  readonly aliases: Readonly<Record<string, string>>
  /** @throws {CupelError} that names the plugin and every option that is wrong, with what was found and what was expected */
  parse(options?: unknown): z.output<S>
  /** @param options as {@link Plugin.parse} returned them */
  facts(options: z.output<S>): Facts[K]
  open(options?: z.input<S>, setup?: Partial<Setup>): Promise<Opened[K]>
  /** Trains what the attack needs, once for a metric; the bytes come back in {@link Setup.prepared}. */
  readonly prepare?: Prepare<z.output<S>>
}

/** `images` are of the training split; `target` is the metric (behind its defence when the attack is adaptive). */
export type Prepare<O> = (
  options: O,
  setup: Setup,
  target: Metric,
  images: AsyncIterable<Image>,
  context: Context,
) => Promise<Uint8Array>

interface Definition<S extends z.ZodObject> {
  readonly name: string
  readonly summary: string
  readonly paper?: string
  /** The only copy of the defaults; every option has one and a description. */
  readonly options?: S
  readonly variants?: Readonly<Record<string, z.input<S>>>
  readonly defaults?: readonly string[]
  readonly aliases?: Readonly<Record<string, string>>
  readonly weights?: Fact<z.output<S>, WeightsTable>
  readonly minimumSize?: Fact<z.output<S>, number>
}

/** What `create` of a metric returns: `better` and `range` are facts and stated once. */
export type Scorer = Omit<Metric, 'better' | 'range'>
/** What `create` of an attack returns: a context is always given. */
export interface Attacker extends Attack {
  run(image: Image, target: Metric, context: Context): Promise<Attacked>
}
/** What `create` of a defence returns: a context is always given. */
export interface Purifier extends Defence {
  purify(image: Image, context: Context): Promise<Purified>
}

export interface MetricDefinition<S extends z.ZodObject> extends Definition<S> {
  readonly better: Fact<z.output<S>, Better>
  readonly range: Fact<z.output<S>, readonly [number, number]>
  readonly gradient?: Fact<z.output<S>, GradientKind | undefined>
  create(options: z.output<S>, setup: Setup): Scorer | Promise<Scorer>
}

export interface AttackDefinition<S extends z.ZodObject> extends Definition<S> {
  readonly needs: Fact<z.output<S>, Needs>
  readonly random?: Fact<z.output<S>, boolean>
  readonly knob?: Fact<z.output<S>, Knob>
  readonly prepare?: Prepare<z.output<S>>
  create(options: z.output<S>, setup: Setup): Attacker | Promise<Attacker>
}

export interface DefenceDefinition<S extends z.ZodObject> extends Definition<S> {
  readonly random?: Fact<z.output<S>, boolean>
  readonly changesSize?: Fact<z.output<S>, boolean>
  /** `any` unless told; {@link wholeUpTo} and {@link tiledAbove} say the usual. */
  readonly sizes?: Fact<z.output<S>, string>
  readonly gradient?: Fact<z.output<S>, GradientKind | undefined>
  create(options: z.output<S>, setup: Setup): Purifier | Promise<Purifier>
}

/** The schema of a plugin without options. An interface, so that declarations name it and need no zod of their own. */
export interface NoOptions extends z.ZodObject<Record<never, never>> {}

const settled = <O, T>(fact: Fact<O, T>, options: O): T =>
  typeof fact === 'function' ? (fact as (options: O) => T)(options) : fact

const defaultContext = (): Context => ({ random: createRandom(0), signal: new AbortController().signal })

/** Refuses what no plugin should be handed. */
function admit(image: Image, plugin: string, minimumSize: number): void {
  checkImage(image, `image given to ${plugin}`)
  if (Math.min(image.width, image.height) < minimumSize) {
    throw new Unavailable(
      `${plugin} needs images of at least ${minimumSize} pixels a side, found ${image.width} x ${image.height}`,
    )
  }
}

/** What is the same for the three kinds; `wrap` makes the opened thing from a promise of what `create` returned. */
function define<K extends Kind, S extends z.ZodObject, Created extends { dispose?(): Promise<void> }>(
  kind: K,
  definition: Definition<S> & {
    create(options: z.output<S>, setup: Setup): Created | Promise<Created>
    prepare?: Prepare<z.output<S>>
  },
  facts: (options: z.output<S>) => Omit<Facts[K], keyof CommonFacts>,
  wrap: (created: () => Promise<Created>, facts: Facts[K]) => Opened[K],
): Plugin<K, S> {
  type O = z.output<S>
  const {
    name,
    summary,
    paper,
    variants = {},
    defaults = [name],
    aliases = {},
    weights = {},
    minimumSize = 1,
  } = definition
  const schema = (definition.options ?? z.object({})).strict() as unknown as S

  const parse = (options: unknown = {}): O => {
    const result = schema.safeParse(options, { reportInput: true })
    if (result.success) return result.data
    const problems = result.error.issues.map((issue) => {
      const { path, input: found } = issue
      return [...path, wrong(issue, found, path.length === 0 ? Object.keys(schema.shape) : [])].join(': ')
    })
    throw new CupelError(`${kind} ${name}, ${problems.join('; ')}`)
  }
  const allFacts = (options: O): Facts[K] =>
    ({ ...facts(options), weights: settled(weights, options), minimumSize: settled(minimumSize, options) }) as Facts[K]

  const opening = (input: unknown, setup: Partial<Setup>) => {
    const options = parse(input)
    const known = allFacts(options)
    const complete: Setup = {
      device: 'cpu',
      weights: async (file) => {
        const declared = known.weights[file]
        if (!declared) throw new CupelError(`${kind} ${name} asks for weights "${file}" that it does not declare`)
        return presentWeights(name, declared)
      },
      ...setup,
    }
    let created: Promise<Created> | undefined
    const create = () => {
      created ??= Promise.resolve().then(() => definition.create(options, complete))
      return created
    }
    const opened = wrap(create, known)
    // What could not be created holds nothing.
    const dispose = async () => (await created?.catch(() => undefined))?.dispose?.()
    return { create, opened: { ...opened, dispose } as Opened[K] }
  }

  const plugin = (options?: z.input<S>): Opened[K] => opening(options, {}).opened
  const open = async (options?: z.input<S>, setup: Partial<Setup> = {}): Promise<Opened[K]> => {
    const { create, opened } = opening(options, setup)
    await create()
    return opened
  }
  Object.defineProperty(plugin, 'name', { value: name })
  return Object.assign(plugin as Plugin<K, S>, {
    kind,
    api: API as typeof API,
    summary,
    paper,
    options: schema,
    variants: { [name]: {}, ...variants },
    defaults,
    aliases,
    parse,
    facts: allFacts,
    open,
    ...(definition.prepare && { prepare: definition.prepare }),
  })
}

/** Defines a metric plugin. */
export const defineMetric = <S extends z.ZodObject = NoOptions>(definition: MetricDefinition<S>): Plugin<'metric', S> =>
  define(
    'metric',
    definition,
    (options) => ({
      better: settled(definition.better, options),
      range: settled(definition.range, options),
      gradient: settled(definition.gradient, options),
    }),
    (created, { better, range, gradient, minimumSize }) => ({
      better,
      range,
      async score(image) {
        admit(image, definition.name, minimumSize)
        return (await created()).score(image)
      },
      ...(gradient && {
        async gradient(image: Image) {
          admit(image, definition.name, minimumSize)
          const scorer = await created()
          if (!scorer.gradient) throw new CupelError(`metric ${definition.name} declares a gradient and has none`)
          return scorer.gradient(image)
        },
      }),
    }),
  )

/** Defines an attack plugin. */
export const defineAttack = <S extends z.ZodObject = NoOptions>(definition: AttackDefinition<S>): Plugin<'attack', S> =>
  define(
    'attack',
    definition,
    (options) => ({
      needs: settled(definition.needs, options),
      random: settled(definition.random ?? false, options),
      knob: definition.knob && settled(definition.knob, options),
    }),
    (created, { needs, minimumSize }) => ({
      async run(image, target, context = defaultContext()) {
        context.signal.throwIfAborted()
        admit(image, definition.name, minimumSize)
        if (needs === 'gradient' && !target.gradient) {
          throw new Unavailable(`${definition.name} needs a gradient and its target gives scores only`)
        }
        // Bare: an attack that returns its input must not pass on the notes of a step before it.
        const attacked = await (await created()).run(bare(image), target, context)
        context.signal.throwIfAborted()
        return attacked
      },
    }),
  )

/** Defines a defence plugin. */
export const defineDefence = <S extends z.ZodObject = NoOptions>(
  definition: DefenceDefinition<S>,
): Plugin<'defence', S> =>
  define(
    'defence',
    definition,
    (options) => ({
      random: settled(definition.random ?? false, options),
      changesSize: settled(definition.changesSize ?? false, options),
      sizes: settled(definition.sizes ?? 'any', options),
      gradient: settled(definition.gradient, options),
    }),
    (created, { minimumSize }) => ({
      async purify(image, context = defaultContext()) {
        context.signal.throwIfAborted()
        admit(image, definition.name, minimumSize)
        // Bare: a defence that spreads its input must not pass on the pullback and the frame of one before it.
        const purified = await (await created()).purify(bare(image), context)
        // What kept the thread to itself kept an abort out.
        await turn(context.signal)
        if (!purified.pullback) return purified
        return {
          ...purified,
          async pullback(gradient) {
            const { length } = purified.data
            if (gradient.length === length) return purified.pullback!(gradient)
            throw new CupelError(
              `${definition.name}, pullback: found a gradient of ${gradient.length} values, expected the ${length} of the purified image`,
            )
          },
        }
      },
    }),
  )
