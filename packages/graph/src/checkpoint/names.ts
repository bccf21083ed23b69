import { CheckpointError } from './error.js'
import { StoredTensor } from './stored.js'
import { Inert, moduleDict, type Value } from './value.js'

/** Far beyond any network, and reached at once by a pickle whose few bytes nest a list in itself again and again. */
const maximumVisits = 2_000_000
const maximumDepth = 200
const maximumCharacters = 2 ** 26

/**
 * All tensors in a value by dotted name, in the order of the file. Dicts and lists contribute their keys and indices; of a
 * pickled module come the parameters, then the persistent buffers, then those of its submodules, named as `state_dict()`
 * names them.
 *
 * @throws CheckpointError when the value is nested beyond reason.
 */
export function tensorsByName(root: Value): Map<string, StoredTensor> {
  const found = new Map<string, StoredTensor>()
  const ancestors = new Set<Value>()
  let visits = 0
  let characters = 0

  const visit = (value: Value, name: string): void => {
    visits++
    if (visits > maximumVisits || ancestors.size > maximumDepth || characters > maximumCharacters) {
      throw new CheckpointError('refused', 'its values are nested beyond reason', 'expected the tensors of a network')
    }
    if (value instanceof StoredTensor) {
      characters += name.length
      found.set(name, value)
      return
    }
    // A value inside itself adds nothing.
    if (typeof value !== 'object' || value === null || ancestors.has(value)) return
    ancestors.add(value)
    for (const [key, child] of children(value)) visit(child, name === '' ? `${key}` : `${name}.${key}`)
    ancestors.delete(value)
  }
  visit(root, '')
  return found
}

function* children(value: Value): Iterable<[Value, Value]> {
  if (Array.isArray(value)) yield* value.entries()
  else if (value instanceof Map) yield* named(value)
  else if (value instanceof Inert) yield* ofRecord(value)
}

function* ofRecord(record: Inert): Iterable<[Value, Value]> {
  const modules = moduleDict(record, '_modules')
  const parameters = moduleDict(record, '_parameters')
  if (modules === undefined || parameters === undefined) return yield* named(record.fields)
  yield* named(parameters)
  const transient = record.fields.get('_non_persistent_buffers_set')
  for (const [key, buffer] of named(moduleDict(record, '_buffers') ?? new Map())) {
    if (!Array.isArray(transient) || !transient.includes(key)) yield [key, buffer]
  }
  yield* named(modules)
}

function* named(map: Map<Value, Value>): Iterable<[Value, Value]> {
  for (const entry of map) {
    if (typeof entry[0] === 'string' || typeof entry[0] === 'number' || typeof entry[0] === 'bigint') yield entry
  }
}
