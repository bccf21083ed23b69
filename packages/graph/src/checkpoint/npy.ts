import { sizeOf } from '../tensor.js'
import { CheckpointError } from './error.js'
import { type Bytes, type CheckpointFile, within } from './file.js'
import { numpyType } from './numpy.js'
import { meaning } from './pickle/calls.js'
import { unpickle } from './pickle/machine.js'
import { columnMajor, rowMajor, StoredTensor } from './stored.js'
import { Inert, type Value } from './value.js'
import type { ZipEntry } from './zip.js'

export const npySignature = '\x93NUMPY'
/** NumPy's own limit for what it reads unasked. */
const longestHeader = 10_000

/** Reads a .npz file: a zip file of .npy files, by their names without that ending. */
export async function readNpz(file: CheckpointFile, entries: ReadonlyMap<string, ZipEntry>): Promise<Value> {
  const arrays = new Map<Value, Value>()
  for (const [name, entry] of entries) arrays.set(name.replace(/\.npy$/, ''), await readNpy(file, entry, name))
  return arrays
}

/** Reads a .npy file: a signature, a version, the text of a Python dict and the elements. */
export async function readNpy(file: CheckpointFile, bytes: Bytes, name = 'the array'): Promise<Value> {
  const damaged = (what: string) =>
    new CheckpointError(
      'corrupt',
      `${name} ${what}`,
      'expected a NumPy array: it is truncated or damaged, fetch it again',
    )
  const head = Buffer.from(await bytes.head(12 + longestHeader))
  if (head.length < 12 || head.toString('latin1', 0, 6) !== npySignature)
    throw damaged('does not begin as a NumPy array')
  const major = head[6]!
  if (major < 1 || major > 3) throw damaged(`is of version ${major}, known are 1 to 3`)
  const from = major === 1 ? 10 : 12
  const length = major === 1 ? head.readUInt16LE(8) : head.readUInt32LE(8)
  if (length > longestHeader)
    throw damaged(`has a header of ${length} bytes, over NumPy's own limit of ${longestHeader}`)
  if (from + length > bytes.size) throw damaged(`claims a header of ${length} bytes and has ${bytes.size} in all`)

  const text = head.toString('latin1', from, from + length)
  const type = /'descr':\s*(?:'([^']*)'|\[)/.exec(text)
  const fortran = /'fortran_order':\s*(True|False)/.exec(text)?.[1]
  const sides = /'shape':\s*\(([\d\s,L]*)\)/.exec(text)?.[1]
  if (type === null || fortran === undefined || sides === undefined)
    throw damaged('has a header that describes no array')
  if (type[1] === '|O') return objects(file, await bytes.read(from + length, bytes.size - from - length), damaged)
  const known = numpyType(type[1] ?? '')
  if (known === undefined) return new Inert(`a NumPy array of ${type[1] ?? 'records'}`)

  const shape = (sides.match(/\d+/g) ?? []).map(Number)
  const size = bytes.size - from - length
  const needed = sizeOf(shape) * known.width
  if (size !== needed) throw damaged(`of shape [${shape}] has ${size} bytes of elements instead of ${needed}`)
  return new StoredTensor(file, {
    ...known,
    shape,
    strides: fortran === 'True' ? columnMajor(shape) : rowMajor(shape),
    bytes: within(bytes, from + length, size),
  })
}

/** An array of objects is kept as a pickle, which is interpreted as any other: a list of its elements. */
function objects(file: CheckpointFile, content: Uint8Array, damaged: (what: string) => CheckpointError): Value {
  const noIds = () => {
    throw damaged('refers to something outside of itself')
  }
  return unpickle(content, meaning(file, noIds)).value
}
