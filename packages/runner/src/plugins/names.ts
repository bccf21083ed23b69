import { CupelError, type Kind, suggestion } from '@cupel/core'
import type { Catalogue, Installed } from './discover.js'

/** A named set of options that a run's configuration adds. */
export interface OwnVariant {
  readonly of: string
  readonly options: unknown
}

/** What a configuration adds: variants by kind and name, and named chains of defences. */
export type OwnNames = { readonly [K in Kind]?: Readonly<Record<string, OwnVariant>> | undefined } & {
  readonly chains?: Readonly<Record<string, readonly string[]>> | undefined
}

/** What a name stands for: a label, the plugin, and the options as they are given. */
export type Meaning = readonly [label: string, installed: Installed, options: unknown]

/** The variants that a name of a kind stands for: a plugin's name for its default ones; none when nothing is called so. */
export function meanings(kind: Kind, name: string, catalogue: Catalogue, own: OwnNames = {}): readonly Meaning[] {
  const added = own[kind]?.[name]
  if (added)
    return meaning(kind, added.of, catalogue)
      .slice(0, 1)
      .map(([, base]) => [name, base, added.options])
  const byName = catalogue[kind].get(name)
  if (byName) return byName.plugin.defaults.map((label) => [label, byName, byName.plugin.variants[label]])
  for (const one of catalogue[kind].values()) {
    const label = one.plugin.aliases[name] ?? name
    if (label in one.plugin.variants) return [[label, one, one.plugin.variants[label]]]
  }
  return []
}

/** {@link meanings}, of which there must be some. @throws {CupelError} for an unknown name, with the nearest known one */
export function meaning(kind: Kind, name: string, catalogue: Catalogue, own: OwnNames = {}): readonly Meaning[] {
  const found = meanings(kind, name, catalogue, own)
  if (found.length > 0) return found
  const names = [
    ...[...catalogue[kind].values()].flatMap(({ plugin }) => [
      ...Object.keys(plugin.variants),
      ...Object.keys(plugin.aliases),
    ]),
    ...Object.keys(own[kind] ?? {}),
    ...(kind === 'defence' ? Object.keys(own.chains ?? {}) : []),
  ]
  throw new CupelError(`no ${kind} is called "${name}"; ${suggestion(name, names)}cupel list shows what is installed`)
}
