import { CheckpointError, named } from './error.js'
import type { CheckpointFile } from './file.js'
import { tensorsByName } from './names.js'
import { StoredTensor } from './stored.js'
import { Inert, moduleDict, type Value } from './value.js'

export type Format = 'torch' | 'torch-legacy' | 'pickle' | 'safetensors' | 'npz' | 'npy' | 'mat' | 'opencv'

/** What a checkpoint file holds, or the part of it that {@link at} leads to. Tensors are not read yet. */
export class Checkpoint {
  #tensors: ReadonlyMap<string, StoredTensor> | undefined

  constructor(
    private readonly file: CheckpointFile,
    readonly format: Format,
    /** Everything at this place, as it is nested in the file. */
    readonly value: Value,
    private readonly place: readonly (string | number)[] = [],
  ) {}

  get path(): string {
    return this.file.path
  }

  /**
   * All tensors at and below this place, by dotted name: keys and indices of dicts and lists joined by dots, names as in
   * `state_dict()` for a pickled module.
   */
  get tensors(): ReadonlyMap<string, StoredTensor> {
    try {
      this.#tensors ??= tensorsByName(this.value)
      return this.#tensors
    } catch (error) {
      throw named(this.path, error)
    }
  }

  /** Keys of the dict, attributes of the record or indices of the list at this place. */
  get keys(): (string | number)[] {
    return [...entries(this.value).keys()]
  }

  /**
   * The part of the checkpoint below the given keys, one per level: `checkpoint.at('state_dict')`,
   * `checkpoint.at('optimizer', 'param_groups', 0)`. Of a record the keys are its attributes, of a pickled module also the
   * names of its parameters, buffers and submodules.
   *
   * @throws CheckpointError that lists the keys which are there.
   */
  at(...keys: (string | number)[]): Checkpoint {
    let value = this.value
    for (const [depth, key] of keys.entries()) {
      const here = entries(value)
      if (!here.has(key)) {
        const place = [...this.place, ...keys.slice(0, depth)]
        const where = place.length === 0 ? '' : ` in ${place.join(' → ')}`
        throw new CheckpointError(
          'missing',
          `there is no "${key}"${where}`,
          `there are ${list([...here.keys()])}`,
          this.path,
        )
      }
      value = here.get(key)!
    }
    return new Checkpoint(this.file, this.format, value, [...this.place, ...keys])
  }

  /** Keeps the file open while `work` reads: worth it for many tensors. Nothing has to be closed in any case. */
  opened<T>(work: () => Promise<T>): Promise<T> {
    return this.file.opened(work)
  }

  /** The list of numbers at this place; a single number is a list of one. @throws CheckpointError if it is not that. */
  numbers(): number[] {
    const values = Array.isArray(this.value) ? this.value : [this.value]
    if (values.every((value) => typeof value === 'number')) return values
    const where = this.place.length === 0 ? 'the checkpoint' : `"${this.place.join(' → ')}"`
    throw new CheckpointError('corrupt', `${where} is ${describe(this.value)}`, 'expected a list of numbers', this.path)
  }
}

function entries(value: Value): Map<string | number, Value> {
  const keyed = (map: Iterable<[Value, Value]>) =>
    [...map].filter((entry): entry is [string | number, Value] => ['string', 'number'].includes(typeof entry[0]))
  if (value instanceof Map) return new Map(keyed(value))
  if (Array.isArray(value)) return new Map(value.entries())
  if (!(value instanceof Inert)) return new Map()
  const members = (['_parameters', '_buffers', '_modules'] as const).flatMap((name) => [
    ...(moduleDict(value, name) ?? []),
  ])
  return new Map(keyed([...value.fields, ...members]))
}

/** A few words on what a value is, for messages. */
export function describe(value: Value): string {
  if (value instanceof StoredTensor) return `a ${value.dtype} tensor of shape [${value.shape}]`
  if (value instanceof Map) return `a dict of ${value.size}`
  if (Array.isArray(value)) return `a list of ${value.length}`
  if (value instanceof Uint8Array) return `${value.length} bytes`
  if (value instanceof Inert) return `an instance of ${value.type}`
  return value === null ? 'None' : `the ${typeof value} ${value}`.slice(0, 80)
}

/** Some of many names, for messages. */
export function list(names: readonly (string | number)[], most = 12): string {
  if (names.length === 0) return 'none'
  return names.length <= most ? names.join(', ') : `${names.slice(0, most).join(', ')} and ${names.length - most} more`
}
