import { float32, type Tensor } from '../tensor.js'
import { type Checkpoint, describe, list } from './checkpoint.js'
import { CheckpointError, naming } from './error.js'
import type { StoredTensor } from './stored.js'

/** What {@link loadStrict} may overlook. */
export interface StrictOptions {
  /**
   * A prefix that is taken off every key. Without it, `module.` (put there by DataParallel) comes off when all keys
   * have it. An empty string leaves the keys as they are.
   */
  readonly prefix?: string
  /**
   * Keys of the checkpoint that may be left unread, such as those of a classifier that is not used. BatchNorm's
   * `num_batches_tracked`, which counts training steps, never has to be read.
   */
  readonly ignore?: (key: string) => boolean
}

/**
 * Reads exactly the expected tensors as float32 (from float16, bfloat16, float32 or float64). Tied tensors come back as one.
 * Large ones that are float32 already stay in the file, which must stay too: their `data` is read each time it is asked for.
 *
 * @param expected Key to shape, e.g. `{ 'conv1.weight': [50, 1, 7, 7], 'conv1.bias': [50] }`.
 * @returns The tensors in the order in which they are expected.
 * @throws CheckpointError with all missing, unexpected, mis-shaped and mistyped keys at once.
 */
export async function loadStrict(
  checkpoint: Checkpoint,
  expected: Readonly<Record<string, readonly number[]>> | ReadonlyMap<string, readonly number[]>,
  options: StrictOptions = {},
): Promise<Map<string, Tensor<'float32'>>> {
  const wanted = new Map(expected instanceof Map ? expected : Object.entries(expected))
  const stored = unprefixed(checkpoint.tensors, options.prefix)
  const problems = compare(wanted, stored, options.ignore ?? (() => false))
  if (problems.length > 0) throw mismatch(checkpoint, wanted, stored, problems)

  const loaded: [StoredTensor, Tensor<'float32'>][] = []
  const tensors = new Map<string, Tensor<'float32'>>()
  await naming(checkpoint.path, () =>
    checkpoint.opened(async () => {
      for (const key of wanted.keys()) {
        const source = stored.get(key)!
        // One after the other: at most one unconverted tensor is in memory beside the result.
        const tied = loaded.find(([other]) => other.ties(source))?.[1]
        const value = tied ?? single(await source.load())
        loaded.push([source, value])
        tensors.set(key, value)
      }
    }),
  )
  return tensors
}

const single = (value: Tensor): Tensor<'float32'> =>
  value.dtype === 'float32'
    ? (value as Tensor<'float32'>)
    : { dtype: 'float32', shape: value.shape, data: float32(value) }

function unprefixed(tensors: ReadonlyMap<string, StoredTensor>, asked: string | undefined): Map<string, StoredTensor> {
  const prefix = asked ?? 'module.'
  const everywhere = [...tensors.keys()].every((key) => key.startsWith(prefix))
  const strip = (key: string) =>
    key.startsWith(prefix) && (asked !== undefined || everywhere) ? key.slice(prefix.length) : key
  return new Map([...tensors].map(([key, tensor]) => [strip(key), tensor]))
}

const floats = ['float32', 'float16', 'bfloat16', 'float64']
const isCounter = (key: string): boolean => /(^|\.)num_batches_tracked$/.test(key)

function compare(
  wanted: ReadonlyMap<string, readonly number[]>,
  stored: ReadonlyMap<string, StoredTensor>,
  ignore: (key: string) => boolean,
): string[] {
  const missing = [...wanted.keys()].filter((key) => !stored.has(key))
  const unexpected = [...stored.keys()].filter((key) => !wanted.has(key) && !isCounter(key) && !ignore(key))
  const both = [...wanted].filter(([key]) => stored.has(key))
  const reshaped = both.filter(([key, shape]) => `${stored.get(key)!.shape}` !== `${shape}`)
  const mistyped = both.filter(([key]) => !floats.includes(stored.get(key)!.dtype))
  const groups: [string, string[]][] = [
    ['missing', missing],
    ['unexpected', unexpected],
    ['of another shape', reshaped.map(([key, shape]) => `${key} is [${stored.get(key)!.shape}], expected [${shape}]`)],
    ['no floating-point numbers', mistyped.map(([key]) => `${key} is ${stored.get(key)!.dtype}`)],
  ]
  return groups
    .filter(([, keys]) => keys.length > 0)
    .map(([title, keys]) => `  ${title} (${keys.length}):\n${keys.map((key) => `    ${key}`).join('\n')}`)
}

function mismatch(
  checkpoint: Checkpoint,
  wanted: ReadonlyMap<string, readonly number[]>,
  stored: ReadonlyMap<string, StoredTensor>,
  problems: readonly string[],
): CheckpointError {
  const shared = [...wanted.keys()].filter((key) => stored.has(key)).length
  return new CheckpointError(
    shared === 0 ? 'missing' : 'shape',
    `its ${stored.size} tensors are not the ${wanted.size} expected ones`,
    `${advice(checkpoint, wanted, stored, shared)}\n${problems.join('\n')}`,
    checkpoint.path,
  )
}

/** What a person should look at first: a nested dict that holds the weights, or the keys that tell of another network. */
function advice(
  checkpoint: Checkpoint,
  wanted: ReadonlyMap<string, readonly number[]>,
  stored: ReadonlyMap<string, StoredTensor>,
  shared: number,
): string {
  if (stored.size === 0)
    return `it holds no tensors here: it is ${describe(checkpoint.value)} with ${list(checkpoint.keys)}`
  const below = checkpoint.keys.filter((key) => {
    const names = unprefixed(checkpoint.at(key).tensors, undefined)
    return [...wanted.keys()].some((name) => names.has(name))
  })
  if (shared === 0 && below.length > 0)
    return `the expected keys are below ${list(below)}: read that part with .at(...)`
  if (shared * 2 < wanted.size) {
    const foreign = [...stored.keys()].filter((key) => !wanted.has(key))
    return `this is a checkpoint of another network (only ${shared} keys agree); its own keys begin ${list(foreign, 4)}`
  }
  return 'this is a checkpoint of another version or configuration of the network'
}
