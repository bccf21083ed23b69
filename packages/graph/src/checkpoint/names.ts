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
    eachChild(value, (key, child) => visit(child, name === '' ? `${key}` : `${name}.${key}`))
    ancestors.delete(value)
  }
  visit(root, '')
  return found
}

type Each = (key: string | number | bigint, child: Value) => void

function eachChild(value: Value, each: Each): void {
  if (Array.isArray(value)) for (let i = 0; i < value.length; i++) each(i, value[i]!)
  else if (value instanceof Map) eachNamed(value, each)
  else if (value instanceof Inert) eachOfRecord(value, each)
}

function eachOfRecord(record: Inert, each: Each): void {
  const modules = moduleDict(record, '_modules')
  const parameters = moduleDict(record, '_parameters')
  if (modules === undefined || parameters === undefined) {
    eachNamed(record.fields, each)
    return
  }
  eachNamed(parameters, each)
  const transient = members(record.fields.get('_non_persistent_buffers_set'))
  eachNamed(moduleDict(record, '_buffers') ?? new Map(), (key, buffer) => {
    if (!transient.has(key)) each(key, buffer)
  })
  eachNamed(modules, each)
}

function eachNamed(map: Map<Value, Value>, each: Each): void {
  for (const [key, child] of map) {
    if (typeof key === 'string' || typeof key === 'number' || typeof key === 'bigint') each(key, child)
  }
}

/** The members of a set, made once however many modules share it. */
const sets = new WeakMap<Value[], ReadonlySet<Value>>()

function members(list: Value | undefined): ReadonlySet<Value> {
  if (!Array.isArray(list)) return new Set()
  const known = sets.get(list) ?? new Set(list)
  sets.set(list, known)
  return known
}
