import { CupelError, defineChain, type Facts, type Kind } from '@cupel/core'
import canonicalize from 'canonicalize'
import { hashesOf, problemOf } from '../weights/index.js'
import type { Catalogue, Installed } from './discover.js'
import { type Meaning, meaning, meanings, type OwnNames } from './names.js'
import { type Settings, typed } from './options.js'

/** A plugin with options, chosen for a run. It is data: a worker on the other side of a process border opens it. */
export interface Chosen<K extends Kind = Kind> {
  readonly kind: K
  /** The name of the variant, or of the plugin: what tables say. */
  readonly label: string
  readonly plugin: string
  readonly url: string
  /** Resolved options as canonical JSON (RFC 8785). */
  readonly options: string
  /** Everything about it that can change a result: the plugin's identity, its options and the hashes of its weights. */
  readonly key: string
  readonly facts: Facts[K]
  /** Why it cannot be opened here (missing or wrong weights), or undefined. */
  readonly unavailable?: string
  /** Why making it ready for its target failed, or undefined. */
  readonly failed?: string
  /** Whether it is an attack that must be prepared. */
  readonly trained: boolean
  /** The file that it was prepared into. */
  readonly prepared?: string
  /** Reasons for caution that its rows carry. */
  readonly flags?: string
  /** Of a metric that gives scores only: how its gradient is estimated. */
  readonly estimate?: { readonly pairs: number; readonly seed: number }
  /** The defences of a chain, in order; the chain has no module of its own. */
  readonly links?: readonly Chosen<'defence'>[]
}

/** The key of a choice of which some part is another. */
export const rekeyed = (key: string, part: object): string => canonicalize({ ...JSON.parse(key), ...part })!

/** A metric that gives scores only, with a gradient estimated from pairs of scores; any other as it is. */
export function estimating(metric: Chosen<'metric'>, pairs: number, seed: number): Chosen<'metric'> {
  if (metric.facts.gradient || pairs === 0) return metric
  const estimate = { pairs, seed }
  return {
    ...metric,
    estimate,
    facts: { ...metric.facts, gradient: 'estimated' },
    key: rekeyed(metric.key, { estimate }),
  }
}

async function choose<K extends Kind>(
  kind: K,
  label: string,
  installed: Installed,
  input: unknown,
): Promise<Chosen<K>> {
  const { plugin, url, identity } = installed
  const options = plugin.parse(input)
  const facts = plugin.facts(options) as Facts[K]
  let unavailable: string | undefined
  for (const weights of Object.values(facts.weights)) unavailable ??= await problemOf(plugin.name, weights)
  const key = canonicalize({ kind, plugin: plugin.name, identity, options, weights: await hashesOf(facts.weights) })!
  return {
    kind,
    label,
    plugin: plugin.name,
    url,
    options: canonicalize(options)!,
    key,
    facts,
    trained: plugin.prepare !== undefined,
    ...(unavailable && { unavailable }),
  }
}

/** The names of a chain's defences; another chain among them stands for its own. */
function linksOf(label: string, catalogue: Catalogue, own: OwnNames, within: readonly string[] = []): string[] {
  const way = [...within, label]
  if (within.includes(label)) throw new CupelError(`chain "${label}" is part of itself: ${way.join(' > ')}`)
  const isChain = (name: string) => own.chains?.[name] && meanings('defence', name, catalogue, own).length === 0
  return own.chains![label]!.flatMap((name) => (isChain(name) ? linksOf(name, catalogue, own, way) : [name]))
}

/** One defence after another, as the run's configuration names them. */
async function chooseChain(label: string, catalogue: Catalogue, own: OwnNames): Promise<Chosen<'defence'>> {
  const names = linksOf(label, catalogue, own)
  const links: Chosen<'defence'>[] = []
  for (const name of names) {
    const found = meaning('defence', name, catalogue, own)
    if (found.length > 1) {
      throw new CupelError(
        `chain "${label}": "${name}" stands for ${found.map(([variant]) => variant).join(', ')}; name one of them`,
      )
    }
    const [[variant, installed, input]] = found as [Meaning]
    links.push(await choose('defence', variant, installed, input))
  }
  const whole = defineChain({
    name: label,
    summary: names.join(', then '),
    links: links.map(({ plugin, facts }) => ({ name: plugin, facts, open: unopened })),
  })
  const unavailable = links.find((one) => one.unavailable)?.unavailable
  return {
    kind: 'defence',
    label,
    // Not the label: what a chain is called does not change what it draws.
    plugin: links.map(({ plugin }) => plugin).join('+'),
    url: '',
    options: canonicalize(links.map(({ options }) => JSON.parse(options)))!,
    key: canonicalize({ chain: links.map(({ key }) => key) })!,
    facts: whole.facts({}),
    trained: false,
    links,
    ...(unavailable && { unavailable }),
  }
}

/** Links are opened where they are used; here only their facts count. */
const unopened = (): never => {
  throw new Error('a link of a chain was opened while the run was planned')
}

/** What a name stands for, made ready: variants of plugins, or a chain of the run's own. */
async function chosenBy<K extends Kind>(
  kind: K,
  name: string,
  catalogue: Catalogue,
  own: OwnNames,
): Promise<Chosen<K>[]> {
  if (kind === 'defence' && own.chains?.[name]) {
    return [(await chooseChain(name, catalogue, own)) as Chosen as Chosen<K>]
  }
  const found: Chosen<K>[] = []
  for (const [label, installed, input] of meaning(kind, name, catalogue, own))
    found.push(await choose(kind, label, installed, input))
  return found
}

/**
 * Resolves the names of a run. A plugin's name means its default variants, `all` every plugin so; where a kind has a `none`, it comes first
 * and is always part. A name that is given twice counts once; `name?` counts only where its weights are present.
 *
 * @throws {CupelError} for an unknown name, with the nearest known one
 */
export async function select<K extends Kind>(
  kind: K,
  names: readonly string[],
  catalogue: Catalogue,
  own: OwnNames = {},
): Promise<Chosen<K>[]> {
  const all = [...catalogue[kind].keys()].filter((name) => name !== 'none').sort()
  const wanted = [
    ...(catalogue[kind].has('none') ? ['none'] : []),
    ...names.flatMap((name) => (name === 'all' ? all : [name])),
  ]
  const chosen = new Map<string, Chosen<K>>()
  for (const name of wanted) {
    const optional = name.endsWith('?')
    for (const one of await chosenBy(kind, optional ? name.slice(0, -1) : name, catalogue, own)) {
      if (!chosen.has(one.label) && !(optional && one.unavailable)) chosen.set(one.label, one)
    }
  }
  if (chosen.size === 0)
    throw new CupelError(
      `no ${kind} is installed; for example: npm install @cupel/${kind}s-${{ metric: 'nss', attack: 'ifgsm', defence: 'jpeg' }[kind]}`,
    )
  return [...chosen.values()]
}

/** One plugin with options of the caller's: for the commands that use a single one. */
export async function selectOne<K extends Kind>(
  kind: K,
  name: string,
  catalogue: Catalogue,
  settings: Settings = {},
  own: OwnNames = {},
): Promise<Chosen<K>> {
  const [[label, installed, input]] = meaning(kind, name, catalogue, own) as [[string, Installed, object]]
  const chosen = await choose(kind, label, installed, { ...input, ...typed(installed.plugin, settings) })
  if (chosen.unavailable) throw new CupelError(chosen.unavailable)
  return chosen
}
