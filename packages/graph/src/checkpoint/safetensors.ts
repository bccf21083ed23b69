import type { DType } from '../tensor.js'
import { bytesOf, sizeOf } from '../tensor.js'
import { CheckpointError } from './error.js'
import type { CheckpointFile } from './file.js'
import { StoredTensor } from './stored.js'
import { Inert, type Value } from './value.js'

/** A map: in an object, a file could name what every object has. */
const types = new Map<string, DType>([
  ['F64', 'float64'],
  ['F32', 'float32'],
  ['F16', 'float16'],
  ['BF16', 'bfloat16'],
  ['I64', 'int64'],
  ['I32', 'int32'],
  ['I16', 'int16'],
  ['I8', 'int8'],
  ['U64', 'uint64'],
  ['U32', 'uint32'],
  ['U16', 'uint16'],
  ['U8', 'uint8'],
  ['BOOL', 'bool'],
])

/** The format's own limit. */
const maximumHeader = 100_000_000

/** Reads a safetensors file: the length of a JSON header, the header, and the tensors that it describes. */
export async function readSafetensors(file: CheckpointFile): Promise<Value> {
  const length = Buffer.from(await file.read(0, 8)).readBigUInt64LE()
  if (length > maximumHeader) throw damaged(`its header claims ${length} bytes, over the format's ${maximumHeader}`)
  const start = 8 + Number(length)
  const header = parse(Buffer.from(await file.read(8, Number(length))).toString('utf8'))
  const tensors = new Map<Value, Value>()
  let end = 0
  for (const [name, entry] of Object.entries(header)) {
    if (name === '__metadata__') continue
    const { dtype, shape, from, to } = checked(name, entry)
    end = Math.max(end, to)
    const bytes = file.region(start + from, to - from, `its tensor ${name}`)
    const known = types.get(dtype)
    if (known === undefined) {
      tensors.set(name, new Inert(`a tensor of type ${dtype}`))
      continue
    }
    if (sizeOf(shape) * bytesOf(known) !== to - from)
      throw damaged(`its tensor ${name} of shape [${shape}] has ${to - from} bytes`)
    tensors.set(name, new StoredTensor(file, { dtype: known, shape, bytes }))
  }
  if (start + end !== file.size) throw damaged(`it has ${file.size} bytes and its header describes ${start + end}`)
  return tensors
}

function parse(text: string): object {
  let header: unknown
  try {
    header = JSON.parse(text)
  } catch (cause) {
    throw damaged(`its header is no JSON (${(cause as Error).message})`)
  }
  if (typeof header === 'object' && header !== null && !Array.isArray(header)) return header
  throw damaged('its header is no object')
}

function checked(name: string, entry: unknown): { dtype: string; shape: number[]; from: number; to: number } {
  const { dtype, shape, data_offsets: offsets } = (entry ?? {}) as Record<string, unknown>
  const counts = (list: unknown): list is number[] =>
    Array.isArray(list) && list.every((value) => Number.isSafeInteger(value) && value >= 0)
  if (
    typeof dtype !== 'string' ||
    !counts(shape) ||
    !counts(offsets) ||
    offsets.length !== 2 ||
    offsets[0]! > offsets[1]!
  ) {
    throw damaged(`its header describes the tensor ${name} in no known way`)
  }
  return { dtype, shape, from: offsets[0]!, to: offsets[1]! }
}

const damaged = (found: string): CheckpointError =>
  new CheckpointError('corrupt', found, 'expected a safetensors file: it is truncated or damaged, fetch it again')
