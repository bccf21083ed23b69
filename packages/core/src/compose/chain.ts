import type { z } from 'zod'
import type { Facts } from '../facts.js'
import { type GradientKind, weakest } from '../gradient.js'
import { bare, type Image } from '../image.js'
import type { Defence, Purified, Setup } from '../interface.js'
import { joinedNotes } from '../notes.js'
import { defineDefence, type NoOptions, type Plugin } from '../plugin.js'
import { createRandom } from '../random.js'
import { resize } from '../resize.js'
import type { Weights } from '../weights.js'
import { pull } from './pull.js'

/** The original in the frame of the purified image: by the defence's own register, else by size alone. */
async function registered(original: Image, purified: Purified): Promise<Image> {
  if (purified.register) return purified.register(original)
  const { width, height } = purified
  return original.width === width && original.height === height ? original : resize(original, { width, height })
}

/**
 * One defence after another, as a defence. Its gradient goes back through all of them, its kind that of the weakest; where one
 * has no pullback the identity stands in. Every link draws from a fork of its own; their notes are joined.
 *
 * @example
 * const defence = chain(jpeg({ quality: 50 }), unsharp())
 */
export function chain(...links: readonly Defence[]): Defence {
  return {
    async purify(image, { random, signal } = { random: createRandom(0), signal: new AbortController().signal }) {
      const results: Purified[] = []
      let current = bare(image)
      for (const [k, link] of links.entries()) {
        signal.throwIfAborted()
        const purified = await link.purify(current, { random: random.fork('chain', k), signal })
        results.push(purified)
        current = bare(purified)
      }
      const notes = joinedNotes(...results.map((one) => one.notes))
      return {
        ...current,
        ...(Object.keys(notes).length > 0 && { notes }),
        async pullback(gradient) {
          let back = gradient
          const kinds: GradientKind[] = []
          for (let k = results.length - 1; k >= 0; k--) {
            const one = await pull(k > 0 ? results[k - 1]! : image, results[k]!, back)
            back = one.gradient
            kinds.push(one.kind)
          }
          return { gradient: back, kind: weakest(...kinds) }
        },
        async register(original) {
          let frame = original
          for (const result of results) frame = await registered(frame, result)
          return frame
        },
      }
    },
    async dispose() {
      for (const link of links) await link.dispose?.()
    },
  }
}

/** A defence plugin with its options, as a link of a chain that is itself a plugin. */
export interface Link {
  readonly name: string
  readonly facts: Facts['defence']
  open(setup: Partial<Setup>): Promise<Defence>
}

/** A link of {@link defineChain}. @throws {CupelError} for options that the plugin does not take */
export const link = <S extends z.ZodObject>(plugin: Plugin<'defence', S>, options?: z.input<S>): Link => ({
  name: plugin.name,
  facts: plugin.facts(plugin.parse(options)),
  open: (setup) => plugin.open(options, setup),
})

/** What each link that asks for some sizes says of them, by its name. */
function sizesOf(links: readonly Link[]): string {
  const particular = links.filter(({ facts }) => facts.sizes !== 'any')
  return particular.map(({ name, facts }) => `${name}: ${facts.sizes}`).join('; ') || 'any'
}

/**
 * Defines a chain of defences as a plugin without options of its own, so that a run can name it.
 *
 * @example
 * export default defineChain({ name: 'jpeg-unsharp', summary: 'JPEG, then sharpening', links: [link(jpeg), link(unsharp)] })
 */
export function defineChain({
  links,
  ...named
}: {
  readonly name: string
  readonly summary: string
  readonly paper?: string
  readonly links: readonly Link[]
}): Plugin<'defence', NoOptions> {
  const facts = links.map((one) => one.facts)
  /** Two links may call different files by the same name. */
  const weights = (k: number): [string, Weights][] =>
    Object.entries(facts[k]!.weights).map(([name, file]) => [`${k} ${name}`, file])
  return defineDefence({
    ...named,
    weights: Object.fromEntries(facts.flatMap((_, k) => weights(k))),
    minimumSize: Math.max(1, ...facts.map(({ minimumSize }) => minimumSize)),
    random: facts.some(({ random }) => random),
    changesSize: facts.some(({ changesSize }) => changesSize),
    sizes: sizesOf(links),
    gradient: weakest(...facts.map(({ gradient = 'identity' }) => gradient)),
    create: async (_, setup) =>
      chain(
        ...(await Promise.all(
          links.map(({ open }, k) => open({ device: setup.device, weights: (name) => setup.weights(`${k} ${name}`) })),
        )),
      ),
  })
}
