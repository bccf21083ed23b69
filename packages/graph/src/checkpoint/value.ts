import type { StoredTensor } from './stored.js'

/**
 * What a checkpoint holds beside and around its tensors. Dicts are maps; lists, tuples and sets are arrays; integers
 * that a number cannot carry are bigints.
 */
export type Value =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | StoredTensor
  | Inert
  | Value[]
  | Map<Value, Value>

/**
 * Something that this package does not interpret: an instance of a class (a pickled module, an options object), or data of a
 * kind it has no type for. It is a record of what the file says, and nothing more: no code stands behind it.
 */
export class Inert {
  /** Attributes, and the entries of a class derived from dict or list. */
  readonly fields = new Map<Value, Value>()

  /**
   * @param type Dotted name of the class, e.g. `torch.nn.modules.conv.Conv2d`.
   * @param args What its constructor was to be given.
   */
  constructor(
    readonly type: string,
    readonly args: readonly Value[] = [],
  ) {}
}

/** The dict of that name of a pickled module, if this is one. */
export function moduleDict(
  record: Inert,
  name: '_parameters' | '_buffers' | '_modules',
): Map<Value, Value> | undefined {
  const dict = record.fields.get(name)
  return dict instanceof Map ? dict : undefined
}
