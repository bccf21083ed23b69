import { z } from 'zod'
import { isCupelError } from '../errors.js'
import type { Facts, Kind } from '../facts.js'
import { API, type Plugin } from '../plugin.js'
import { demand } from './clause.js'

/** One sentence of what every definition keeps to; nothing is opened. */
export interface DefinitionClause {
  readonly name: string
  check(plugin: Plugin): Promise<void>
}

const kebab = /^[a-z][a-z0-9]*(-[a-z0-9]+(\.[0-9]+)?)*$/
const kinds = ['exact', 'surrogate', 'identity', 'estimated']
const show = (value: unknown): string => JSON.stringify(value)

/** A numeric pair in order, both ends finite. */
const ordered = (pair: readonly [number, number]): boolean =>
  pair.length === 2 && pair.every(Number.isFinite) && pair[0] < pair[1]

/** What each kind's own facts must be; yields what is wrong. */
const faults: { readonly [K in Kind]: (facts: Facts[K], plugin: Plugin) => (string | false)[] } = {
  metric: ({ better, range, gradient }) => [
    !['higher', 'lower'].includes(better) && `better is ${show(better)}, expected "higher" or "lower"`,
    !ordered(range) && `range is ${show(range)}, expected [low, high] with low < high`,
    gradient !== undefined && !kinds.includes(gradient) && `gradient is ${show(gradient)}, expected a kind or none`,
  ],
  attack: ({ needs, random, knob }, { options }) => [
    !['nothing', 'score', 'gradient'].includes(needs) && `needs is ${show(needs)}`,
    typeof random !== 'boolean' && `random is ${show(random)}, expected true or false`,
    knob !== undefined && !(knob.option in options.shape) && `its knob "${knob.option}" is not one of its options`,
    knob !== undefined && !ordered(knob.range) && `the range of its knob is ${show(knob.range)}, expected [low, high]`,
  ],
  defence: ({ random, changesSize, gradient }) => [
    typeof random !== 'boolean' && `random is ${show(random)}, expected true or false`,
    typeof changesSize !== 'boolean' && `changesSize is ${show(changesSize)}, expected true or false`,
    gradient !== undefined && !kinds.includes(gradient) && `gradient is ${show(gradient)}, expected a kind or none`,
  ],
}

export const definitionClauses: readonly DefinitionClause[] = [
  {
    name: 'names are lower-case words joined by hyphens',
    async check({ name, api, variants, aliases }) {
      for (const word of [name, ...Object.keys(variants), ...Object.keys(aliases)]) {
        demand(kebab.test(word), `found the name ${show(word)}, expected lower-case words joined by hyphens`)
      }
      demand(api === API, `it was made for api ${api}, this is api ${API}`)
    },
  },
  {
    name: 'its summary is one line',
    async check({ summary }) {
      demand(/^\S.*$/.test(summary ?? ''), `expected one line that says what it does, found ${show(summary)}`)
    },
  },
  {
    name: 'every option has a default and a description',
    async check({ parse, options }) {
      const defaults = parse({}) as Record<string, unknown>
      const { properties = {} } = z.toJSONSchema(options, { io: 'input', unrepresentable: 'any' })
      for (const option of Object.keys(options.shape)) {
        demand(defaults[option] !== undefined, `option ${option} has no default: give it one with .default(...)`)
        const { description } = properties[option] as { description?: string }
        demand(!!description, `option ${option} has no description: give it one with .describe(...)`)
      }
      const json = show(defaults)
      demand(show(parse(JSON.parse(json))) === json, `its options do not survive JSON: ${json}`)
    },
  },
  {
    name: 'an unknown option is refused',
    async check({ parse }) {
      let refusal: unknown
      try {
        parse({ 'no-such-option': 1 })
      } catch (error) {
        refusal = error
      }
      demand(refusal !== undefined, 'the option "no-such-option" was accepted')
      demand(isCupelError(refusal), `expected a CupelError, found ${refusal}`)
      demand(refusal.message.includes('no-such-option'), `the error does not name the option: ${refusal.message}`)
    },
  },
  {
    name: 'variants parse and differ',
    async check({ name, variants, defaults, aliases, parse }) {
      const seen = new Map<string, string>()
      for (const [variant, options] of Object.entries(variants)) {
        const resolved = show(parse(options))
        // A variant may spell out the defaults; two of them may not be the same thing.
        if (variant === name) continue
        demand(!seen.has(resolved), `${variant} and ${seen.get(resolved)} are the same: ${resolved}`)
        seen.set(resolved, variant)
      }
      demand(defaults.length > 0, 'its name stands for no variant')
      for (const variant of defaults) demand(variant in variants, `its default ${show(variant)} is not a variant`)
      for (const [alias, variant] of Object.entries(aliases)) {
        demand(variant in variants, `the alias ${alias} means ${show(variant)}, which is not a variant`)
        demand(!(alias in variants), `the alias ${alias} is a variant's name too`)
      }
    },
  },
  {
    name: 'the facts of every variant are sound',
    async check(plugin) {
      for (const [variant, options] of Object.entries(plugin.variants)) {
        const resolved = plugin.parse(options)
        const facts = plugin.facts(resolved)
        const { minimumSize, weights } = facts
        const problems = (faults[plugin.kind] as (typeof faults)['metric'])(facts as Facts['metric'], plugin)
        demand(!problems.some(Boolean), `${variant}: ${problems.filter(Boolean).join('; ')}`)
        demand(Number.isInteger(minimumSize) && minimumSize >= 1, `${variant}: minimumSize is ${minimumSize}`)
        for (const [name, { file, licence, sha256 = '0'.repeat(64) }] of Object.entries(weights)) {
          demand(!!file && !!licence, `${variant}: weights "${name}" need a file and a licence`)
          demand(
            /^[0-9a-f]{64}$/.test(sha256),
            `${variant}: sha256 of "${name}" is ${show(sha256)}, expected 64 hex digits`,
          )
        }
        const knob = 'knob' in facts ? facts.knob : undefined
        for (const end of knob?.range ?? []) plugin.parse({ ...(options as object), [knob!.option]: end })
      }
    },
  },
]
