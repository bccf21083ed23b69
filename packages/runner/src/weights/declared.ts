import { CupelError, type Kind, suggestion, type Weights, weightsAddresses } from '@cupel/core'
import type { Catalogue } from '../plugins/discover.js'
import { meanings, type OwnNames } from '../plugins/names.js'

/** A variant of a plugin. */
export interface User {
  readonly kind: Kind
  readonly plugin: string
  readonly variant: string
}

/** A weights file, and what needs it. */
export interface Declared {
  readonly weights: Weights
  readonly users: readonly User[]
}

/** One declaration out of two of the same file: all addresses, and what either knows. */
function merged(a: Weights, b: Weights, who: string): Weights {
  for (const fact of ['sha256', 'bytes'] as const) {
    const [one, other] = [a[fact], b[fact]].map((value) => String(value ?? '').toLowerCase())
    if (one && other && one !== other) {
      throw new CupelError(
        `two plugins declare the weights file ${a.file} with different ${fact}, ${one} and ${other} (${who}); one of them must call its file by another name`,
      )
    }
  }
  const url = [...new Set([...weightsAddresses(a), ...weightsAddresses(b)])]
  return { ...b, ...a, ...(url.length > 0 && { url }) }
}

/** The weights files that a variant needs, or those of a plugin's name: of its default variants. */
function filesOf(kind: Kind, name: string, catalogue: Catalogue, own: OwnNames): [User, Weights][] {
  return meanings(kind, name, catalogue, own).flatMap(([variant, { plugin }, options]) =>
    Object.values(plugin.facts(plugin.parse(options)).weights).map((weights): [User, Weights] => [
      { kind, plugin: plugin.name, variant },
      weights,
    ]),
  )
}

const KINDS: readonly Kind[] = ['metric', 'attack', 'defence']

/**
 * Every weights file that a variant of an installed plugin needs, or one that a configuration adds, by the file's name.
 *
 * @throws {CupelError} when two plugins mean different files by one name
 */
export function declaredWeights(catalogue: Catalogue, own: OwnNames = {}): Map<string, Declared> {
  const files = new Map<string, Declared>()
  for (const kind of KINDS) {
    const variants = [...catalogue[kind].values()].flatMap(({ plugin }) => Object.keys(plugin.variants))
    for (const name of new Set([...variants, ...Object.keys(own[kind] ?? {})])) {
      for (const [user, weights] of filesOf(kind, name, catalogue, own)) {
        const known = files.get(weights.file)
        const who = [...(known?.users ?? []), user].map(({ plugin }) => plugin).join(', ')
        files.set(weights.file, {
          weights: known ? merged(known.weights, weights, who) : weights,
          users: [...(known?.users ?? []), user],
        })
      }
    }
  }
  return new Map([...files].sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** The declaration of a file. @throws {CupelError} when no installed plugin declares it */
export function declaredFile(file: string, files: ReadonlyMap<string, Declared>): Weights {
  const found = files.get(file)
  if (found) return found.weights
  throw new CupelError(
    `no installed plugin declares a weights file "${file}"; ${suggestion(file, [...files.keys()])}declared are: ${[...files.keys()].join(', ') || 'none'}`,
  )
}

/**
 * The files that names stand for: files, plugins (those of their default variants), variants or aliases, of any kind.
 *
 * @throws {CupelError} for a name that is none of these
 */
export function namedWeights(
  names: readonly string[],
  files: ReadonlyMap<string, Declared>,
  catalogue: Catalogue,
  own: OwnNames = {},
): Weights[] {
  const chosen = new Map<string, Weights>()
  for (const name of names) {
    const variants = KINDS.filter((kind) => meanings(kind, name, catalogue, own).length > 0)
    const found = variants.flatMap((kind) => filesOf(kind, name, catalogue, own).map(([, { file }]) => file))
    if (files.has(name)) found.push(name)
    for (const file of found) chosen.set(file, declaredFile(file, files))
    if (variants.length === 0 && found.length === 0) {
      const plugins = KINDS.flatMap((kind) => [...catalogue[kind].keys()])
      throw new CupelError(
        `"${name}" is neither a weights file that an installed plugin declares nor a plugin; ${suggestion(name, [...files.keys(), ...plugins])}cupel weights list shows the files`,
      )
    }
  }
  return [...chosen.values()]
}
