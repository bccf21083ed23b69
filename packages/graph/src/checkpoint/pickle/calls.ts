import { type DType, elements } from '../../tensor.js'
import { CheckpointError } from '../error.js'
import { type Bytes, type CheckpointFile, inMemory } from '../file.js'
import { numpyType } from '../numpy.js'
import { columnMajor, maximumRank, rowMajor, StoredTensor } from '../stored.js'
import { Inert, type Value } from '../value.js'
import { Global, type Meaning } from './machine.js'

/** A run of elements that tensors are views of. Its dtype is undefined where this package has no type for it. */
export class Storage extends Inert {
  constructor(
    type: string,
    readonly bytes: Bytes,
    readonly dtype: DType | undefined,
    readonly bigEndian: boolean,
  ) {
    super(type)
  }
}

/** dtype, where there is one, and bytes of an element of each storage class. */
const storages: Readonly<Record<string, readonly [DType | undefined, number]>> = {
  FloatStorage: ['float32', 4],
  DoubleStorage: ['float64', 8],
  HalfStorage: ['float16', 2],
  BFloat16Storage: ['bfloat16', 2],
  LongStorage: ['int64', 8],
  IntStorage: ['int32', 4],
  ShortStorage: ['int16', 2],
  CharStorage: ['int8', 1],
  ByteStorage: ['uint8', 1],
  BoolStorage: ['bool', 1],
  UntypedStorage: ['uint8', 1],
  ComplexFloatStorage: [undefined, 8],
  ComplexDoubleStorage: [undefined, 16],
  QInt8Storage: [undefined, 1],
  QUInt8Storage: [undefined, 1],
  QInt32Storage: [undefined, 4],
  QUInt4x2Storage: [undefined, 1],
  QUInt2x4Storage: [undefined, 1],
}

/** dtype and element width of a storage class such as `torch.FloatStorage` or `torch.cuda.HalfStorage`. */
export function storageType(name: string): readonly [DType | undefined, number] {
  const known = /^torch\.(?:\w+\.)?(\w+Storage)$/.exec(name)
  const type = known && storages[known[1]!]
  if (type) return type
  throw new CheckpointError(
    'unsupported',
    `it has a storage of type ${name}`,
    `known are ${Object.keys(storages).join(', ')}`,
  )
}

/** Calls that only say what an object is made of: they stay records. */
const records = new Set([
  'builtins.complex',
  'builtins.range',
  'builtins.slice',
  'builtins.xrange',
  'datetime.date',
  'datetime.datetime',
  'datetime.timedelta',
  'functools.partial',
  'numpy.dtype',
  'numpy.core.multiarray._reconstruct',
  'pathlib.Path',
  'pathlib.PosixPath',
  'pathlib.PurePosixPath',
  'pathlib.WindowsPath',
  'torch.device',
  'torch.nn.backends.thnn._get_thnn_function_backend',
  'torch._utils._rebuild_qtensor',
  'torch._utils._rebuild_sparse_tensor',
  'torch._utils._rebuild_sparse_csr_tensor',
  'torch.serialization._get_layout',
])

type Call = (args: readonly Value[], file: CheckpointFile) => Value

/** Not copied: what takes work in proportion to more than the bytes of the file would let a small file take long. */
const listOf: Call = ([items]) => (Array.isArray(items) ? items : [])
const first: Call = ([value]) => value ?? null

/** Everything that a pickle may call, and what it means here. There is no other way from a name in a file to a function. */
const calls: Readonly<Record<string, Call>> = {
  'collections.OrderedDict': ([items]) => new Map(Array.isArray(items) ? items.filter(isPair) : []),
  'collections.defaultdict': () => new Map(),
  'collections.deque': listOf,
  'collections.Counter': ([items]) => (items instanceof Map ? new Map(items) : new Map()),
  'builtins.set': listOf,
  'builtins.frozenset': listOf,
  'builtins.list': listOf,
  'builtins.tuple': listOf,
  'torch.Size': listOf,
  'builtins.bytes': ([content]) => octets(content),
  'builtins.bytearray': ([content]) => octets(content),
  '_codecs.encode': ([text]) => octets(text),
  'copyreg._reconstructor': ([type]) => new Inert(type instanceof Global ? type.type : 'unknown'),
  'torch._utils._rebuild_tensor': rebuildTensor,
  'torch._utils._rebuild_tensor_v2': rebuildTensor,
  'torch._utils._rebuild_tensor_v3': rebuildTensor,
  'torch._utils._rebuild_parameter': first,
  'torch._utils._rebuild_parameter_with_state': first,
  'torch._tensor._rebuild_from_type_v2': ([callable, , args], file) => {
    const rebuild = callable instanceof Global && /^torch\._utils\._rebuild_tensor/.test(callable.type)
    if (!rebuild || !Array.isArray(args)) throw damaged('a tensor subclass')
    return call(file, callable, args)
  },
  'torch.jit._pickle.build_intlist': listOf,
  'torch.jit._pickle.build_doublelist': listOf,
  'torch.jit._pickle.build_boollist': listOf,
  'torch.jit._pickle.build_tensorlist': listOf,
  'torch.jit._pickle.restore_type_tag': first,
  'numpy.core.numeric._frombuffer': ([content, type, shape, order], file) =>
    array(file, content, type, shape, order === 'F'),
  'numpy.core.multiarray.scalar': ([type, content]) => {
    const { dtype, width, bigEndian } = arrayType(type) ?? {}
    if (dtype === undefined || dtype === 'float16') return new Inert('numpy.scalar', [type ?? null, content ?? null])
    const bytes = octets(content)
    if (bytes.length !== width) throw damaged('a NumPy scalar')
    if (bigEndian) bytes.reverse()
    const value = elements(bytes, dtype)[0]!
    return dtype === 'bool' ? value !== 0 : value
  },
}

function call(file: CheckpointFile, callable: Global, args: readonly Value[]): Value {
  // The same things under the names of Python 2 and NumPy 2.
  const name = callable.type
    .replace(/^__builtin__\./, 'builtins.')
    .replace(/^copy_reg\./, 'copyreg.')
    .replace(/^numpy\._core\./, 'numpy.core.')
  if (Object.hasOwn(calls, name)) return calls[name]!(args, file)
  if (records.has(name)) return new Inert(name, args)
  throw new CheckpointError(
    'refused',
    `the pickle wants to call ${callable.type}`,
    'a checkpoint may only rebuild tensors, arrays and plain collections; nothing of it was run. If you trust the file, ' +
      'save its state_dict() alone',
  )
}

/** The meaning of pickles that PyTorch and NumPy write. */
export const meaning = (file: CheckpointFile, persistent: (id: Value) => Value): Meaning => ({
  call: (callable, args) => call(file, callable, args),
  persistent,
  build: (object, state) => {
    if (!(object instanceof Inert) || !Array.isArray(state)) return undefined
    if (object.type === 'numpy.dtype') object.fields.set('byteorder', state[1] ?? null)
    if (object.type !== 'numpy.core.multiarray._reconstruct') return undefined
    const [, shape, type, fortran, content] = state
    return array(file, content, type, shape, fortran === true)
  },
})

function array(
  file: CheckpointFile,
  content: Value | undefined,
  type: Value | undefined,
  shape: Value | undefined,
  fortran: boolean,
): Value {
  if (type instanceof Inert && /^O\d?$/.test(`${type.args[0]}`) && Array.isArray(content)) return content
  const known = arrayType(type)
  // Arrays of text, complex numbers and records stay records.
  if (known === undefined || Array.isArray(content)) return new Inert('numpy.ndarray', [type ?? null])
  const sides = integers(shape)
  const strides = fortran ? columnMajor(sides) : rowMajor(sides)
  return new StoredTensor(file, { ...known, shape: sides, strides, bytes: inMemory(octets(content)) })
}

function rebuildTensor(args: readonly Value[], file: CheckpointFile): Value {
  const [storage, offset, shape, strides, , , type] = args
  if (!(storage instanceof Storage) || typeof offset !== 'number') throw damaged('a tensor')
  const dtype = type instanceof Global ? torchType(type.type) : storage.dtype
  if (dtype === undefined) return new Inert(`a tensor over ${storage.type}`, args)
  const { bytes, bigEndian } = storage
  return new StoredTensor(file, { dtype, shape: integers(shape), strides: integers(strides), offset, bytes, bigEndian })
}

/** `_rebuild_tensor_v3` names the dtype itself: those without a storage class of their own go that way. */
function torchType(name: string): DType | undefined {
  const own = ['uint16', 'uint32', 'uint64'] as const
  return own.find((dtype) => name === `torch.${dtype}`)
}

function arrayType(type: Value | undefined) {
  if (!(type instanceof Inert) || type.type !== 'numpy.dtype' || typeof type.args[0] !== 'string') return undefined
  const order = type.fields.get('byteorder')
  return numpyType(`${order === '>' ? '>' : '<'}${type.args[0]}`)
}

function integers(value: Value | undefined): number[] {
  if (Array.isArray(value) && value.length <= maximumRank && value.every((side) => typeof side === 'number'))
    return value
  throw damaged('a shape')
}

/** Bytes, however this pickle's Python wrote them: as bytes, or as text of the characters 0 to 255. */
function octets(value: Value | undefined): Uint8Array {
  if (value === undefined) return new Uint8Array(0)
  if (value instanceof Uint8Array) return value.slice()
  if (typeof value === 'string') return new Uint8Array(Buffer.from(value, 'latin1'))
  throw damaged('a run of bytes')
}

const isPair = (item: Value): item is [Value, Value] & Value[] => Array.isArray(item) && item.length === 2

function damaged(what: string): CheckpointError {
  return new CheckpointError(
    'corrupt',
    `the pickle describes ${what} in no known way`,
    'the file is damaged: fetch it again',
  )
}
