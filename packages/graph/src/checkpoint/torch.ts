import { describe } from './checkpoint.js'
import { CheckpointError } from './error.js'
import { type Bytes, type CheckpointFile, within } from './file.js'
import { meaning, Storage, storageType } from './pickle/calls.js'
import { PickleEnds } from './pickle/cursor.js'
import { Global, type Meaning, unpickle } from './pickle/machine.js'
import type { Value } from './value.js'
import type { ZipEntry } from './zip.js'

/** Reads what `torch.save` writes since PyTorch 1.6: a zip file of a pickle and one entry per storage. */
export async function readTorchZip(
  file: CheckpointFile,
  entries: ReadonlyMap<string, ZipEntry>,
  pickle: string,
): Promise<Value> {
  const folder = pickle.slice(0, -'data.pkl'.length)
  const order = entries.get(`${folder}byteorder`)
  const bigEndian = order !== undefined && Buffer.from(await order.head(3)).toString() === 'big'
  const storage = storages((key, width, count) => {
    const entry = entries.get(`${folder}data/${key}`)
    if (entry === undefined) throw new CheckpointError('corrupt', `its storage ${key} is missing`, again)
    if (entry.size < count * width) throw shorter(key, count, entry.size / width)
    return entry
  }, bigEndian)
  const source = entries.get(pickle)!
  if (source.size > longestPickle) {
    throw new CheckpointError('unsupported', `its pickle has ${source.size} bytes`, `at most ${longestPickle} are read`)
  }
  return unpickle(await source.read(0, source.size), meaning(file, storage)).value
}

const again = 'the file is truncated or damaged: fetch it again'

/** First of the pickles that make up a legacy PyTorch file. */
const legacyMagic = 0x1950a86a20f9469cfc6cn

/** Reads a file that begins with a pickle: a legacy PyTorch file if its first value says so, a plain pickle otherwise. */
export async function readPickled(file: CheckpointFile): Promise<{ format: 'torch-legacy' | 'pickle'; value: Value }> {
  const { value, length } = await pickleAt(file, 0, meaning(file, refuseIds))
  if (value !== legacyMagic) return { format: 'pickle', value }
  return { format: 'torch-legacy', value: await readLegacy(file, length) }
}

/**
 * Reads what `torch.save` wrote before PyTorch 1.6, from the second pickle on: format version, facts on the machine, the value
 * itself, the keys of the storages, and then the storages one after the other.
 */
async function readLegacy(file: CheckpointFile, start: number): Promise<Value> {
  let at = start
  const next = async (persistent: (id: Value) => Value = refuseIds): Promise<Value> => {
    const { value, length } = await pickleAt(file, at, meaning(file, persistent))
    at += length
    return value
  }
  const version = await next()
  if (version !== 1001)
    throw new CheckpointError('unsupported', `it is of PyTorch's format ${describe(version)}`, 'known is 1001')
  const machine = await next()
  const bigEndian = machine instanceof Map && machine.get('little_endian') === false

  const parts = new Map<string, LegacyStorage>()
  const value = await next(
    storages((key, width, count) => {
      const part = new LegacyStorage(file, width, count)
      parts.set(key, part)
      return part
    }, bigEndian),
  )
  const keys = await next()
  if (!Array.isArray(keys)) throw new CheckpointError('corrupt', 'its list of storages is missing', again)
  for (const key of keys) {
    const part = typeof key === 'string' ? parts.get(key) : undefined
    if (part === undefined || part.located) throw new CheckpointError('corrupt', 'its list of storages is wrong', again)
    at = await part.locate(at, `${key}`, bigEndian)
  }
  const lost = [...parts].find(([, part]) => !part.located)
  if (lost) throw new CheckpointError('corrupt', `its storage ${lost[0]} is missing`, again)
  return value
}

/** A storage of a legacy file: where it lies is known only once the pickle that uses it has been read. */
class LegacyStorage implements Bytes {
  readonly size: number
  #start: number | undefined

  constructor(
    private readonly file: CheckpointFile,
    width: number,
    private readonly count: number,
  ) {
    this.size = width * count
    file.check(0, this.size, 'one of its storages')
  }

  get located(): boolean {
    return this.#start !== undefined
  }

  /** Takes its place behind `at`, where its count of elements stands, and returns where it ends. */
  async locate(at: number, key: string, bigEndian: boolean): Promise<number> {
    const head = Buffer.from(await this.file.read(at, 8))
    const count = bigEndian ? head.readBigInt64BE() : head.readBigInt64LE()
    if (count !== BigInt(this.count)) throw shorter(key, this.count, count)
    this.file.check(at + 8, this.size, `its storage ${key}`)
    this.#start = at + 8
    return at + 8 + this.size
  }

  read(offset: number, length: number): Promise<Uint8Array> {
    return this.file.read(this.#start! + offset, length)
  }

  head(length: number): Promise<Uint8Array> {
    return this.read(0, Math.min(length, this.size))
  }

  place = async (): Promise<number> => this.#start!
}

/** How much of a file is read at first for a pickle whose length is not known, and at most. Tensors lie outside of it. */
const firstWindow = 2 ** 20
const longestPickle = 2 ** 28

async function pickleAt(file: CheckpointFile, at: number, how: Meaning): Promise<{ value: Value; length: number }> {
  for (let window = firstWindow; ; window *= 4) {
    const length = Math.min(window, file.size - at)
    try {
      return unpickle(await file.read(at, length), how)
    } catch (error) {
      if (!(error instanceof PickleEnds) || length === file.size - at || window >= longestPickle) throw error
    }
  }
}

const refuseIds = (): Value => {
  throw new CheckpointError(
    'corrupt',
    'its pickle refers to storages outside of itself',
    'expected a PyTorch file around it',
  )
}

/** Finds the bytes of a storage by its key, element width and count of elements. */
type Find = (key: string, width: number, count: number) => Bytes

/** The meaning of PyTorch's persistent ids: `('storage', class, key, device, count, view)`, `('module', class, ...)`. */
function storages(find: Find, bigEndian: boolean): (id: Value) => Value {
  const known = new Map<string, Storage>()
  return (id) => {
    const [kind, type, key, , count, view] = Array.isArray(id) ? id : []
    // Legacy files of whole modules carry the source code of the classes along: it is of no interest.
    if (kind === 'module' && type instanceof Global) return type
    if (kind !== 'storage' || !(type instanceof Global) || typeof key !== 'string' || !isCount(count)) {
      throw new CheckpointError('corrupt', 'its pickle describes a storage in no known way', again)
    }
    const [dtype, width] = storageType(type.type)
    const same = known.get(key)
    if (same && (same.type !== type.type || same.bytes.size < count * width)) {
      throw new CheckpointError('corrupt', `its storage ${key} is described in two ways`, again)
    }
    const storage = same ?? new Storage(type.type, find(key, width, count), dtype, bigEndian)
    known.set(key, storage)
    return Array.isArray(view) ? part(storage, view, width) : storage
  }
}

/** Before PyTorch 0.4 a storage could be a part of another: `(key, offset, count)` in elements. */
function part(whole: Storage, [, offset, count]: readonly Value[], width: number): Storage {
  if (!isCount(offset) || !isCount(count) || (offset + count) * width > whole.bytes.size) {
    throw new CheckpointError('corrupt', 'one of its storages is a part outside of another', again)
  }
  return new Storage(whole.type, within(whole.bytes, offset * width, count * width), whole.dtype, whole.bigEndian)
}

const isCount = (value: Value | undefined): value is number => Number.isSafeInteger(value) && (value as number) >= 0

const shorter = (key: string, expected: number, found: number | bigint): CheckpointError =>
  new CheckpointError('corrupt', `its storage ${key} has ${found} elements instead of ${expected}`, again)
