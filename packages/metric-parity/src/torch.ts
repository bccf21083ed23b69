import { closeSync, openSync, writeSync } from 'node:fs'
import { crc32 } from 'node:zlib'
import type { SeededTensor } from './seeded.js'

/** What a checkpoint may be made of here. */
export type Saved = number | readonly Saved[] | ReadonlyMap<string, Saved> | SeededTensor

const text = (value: string): Buffer => {
  const bytes = Buffer.from(value)
  return Buffer.concat([Buffer.from('X'), u32(bytes.length), bytes])
}
const u32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}
const int = (value: number): Buffer => Buffer.concat([Buffer.from('J'), u32(value)])
const float = (value: number): Buffer => {
  const bytes = Buffer.alloc(9, 'G')
  bytes.writeDoubleBE(value, 1)
  return bytes
}
const named = (module: string, name: string): Buffer => Buffer.from(`c${module}\n${name}\n`)
const between = (open: string, parts: readonly Buffer[], close: string): Buffer =>
  Buffer.concat([Buffer.from(open), ...parts, Buffer.from(close)])
const tuple = (...parts: Buffer[]): Buffer => between('(', parts, 't')

/** Opcodes of protocol 2 that make `value`; the elements of tensors are put in `storages`. */
function pickled(value: Saved, storages: Float32Array[]): Buffer {
  if (typeof value === 'number') return float(value)
  if (Array.isArray(value))
    return between(
      '](',
      value.map((item) => pickled(item, storages)),
      'e',
    )
  if (value instanceof Map) {
    return between(
      '}(',
      [...value].flatMap(([key, item]) => [text(key), pickled(item, storages)]),
      'u',
    )
  }
  const { shape, data } = value as SeededTensor
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((a, b) => a * b, 1))
  const key = `${storages.push(data) - 1}`
  const storage = tuple(text('storage'), named('torch', 'FloatStorage'), text(key), text('cpu'), int(data.length))
  const hooks = Buffer.concat([named('collections', 'OrderedDict'), Buffer.from(')R')])
  const rest = [int(0), tuple(...shape.map(int)), tuple(...strides.map(int)), Buffer.from('\x89', 'latin1'), hooks]
  return Buffer.concat([
    named('torch._utils', '_rebuild_tensor_v2'),
    tuple(Buffer.concat([storage, Buffer.from('Q')]), ...rest),
    Buffer.from('R'),
  ])
}

/** Writes a checkpoint as `torch.save` does (a zip of stored entries): a file of the official kind from seeded weights. */
export function saveTorch(path: string, value: Saved): void {
  const storages: Float32Array[] = []
  const pickle = Buffer.concat([Buffer.from('\x80\x02', 'latin1'), pickled(value, storages), Buffer.from('.')])
  const entries = [
    ['archive/data.pkl', pickle] as const,
    ...storages.map(
      ({ buffer, byteOffset, byteLength }, index) =>
        [`archive/data/${index}`, Buffer.from(buffer, byteOffset, byteLength)] as const,
    ),
    ['archive/version', Buffer.from('3\n')] as const,
  ]
  const file = openSync(path, 'w')
  const directory: Buffer[] = []
  let at = 0
  const put = (bytes: Buffer) => {
    writeSync(file, bytes)
    at += bytes.length
  }
  for (const [name, bytes] of entries) {
    const facts = Buffer.alloc(26) // version, flags, method, time, date, crc, sizes, lengths
    facts.writeUInt16LE(20, 0)
    facts.writeUInt32LE(crc32(bytes), 10)
    facts.writeUInt32LE(bytes.length, 14)
    facts.writeUInt32LE(bytes.length, 18)
    facts.writeUInt16LE(name.length, 22)
    const tail = Buffer.alloc(14) // comment, disk, attributes, place
    tail.writeUInt32LE(at, 10)
    directory.push(Buffer.concat([Buffer.from('PK\x01\x02\x14\x00', 'latin1'), facts, tail, Buffer.from(name)]))
    put(Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), facts, Buffer.from(name)]))
    put(bytes)
  }
  const start = at
  for (const entry of directory) put(entry)
  const end = Buffer.alloc(18)
  end.writeUInt16LE(entries.length, 4)
  end.writeUInt16LE(entries.length, 6)
  end.writeUInt32LE(at - start, 8)
  end.writeUInt32LE(start, 12)
  put(Buffer.concat([Buffer.from('PK\x05\x06', 'latin1'), end]))
  closeSync(file)
}
