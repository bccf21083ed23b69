import { createInflate } from 'node:zlib'
import { type DType, sizeOf } from '../tensor.js'
import { CheckpointError } from './error.js'
import { type Bytes, type CheckpointFile, inMemory, within } from './file.js'
import { Packed } from './inflate.js'
import { damaged, type Element, MatReader } from './mat-elements.js'
import { columnMajor, StoredTensor } from './stored.js'
import { Inert, type Value } from './value.js'

/** Whether a file begins as MATLAB's do: a text, a version, and MI or IM for the byte order. */
export const isMat = (head: Buffer): boolean =>
  head.length >= 128 &&
  /^(IM|MI)$/.test(head.toString('latin1', 126, 128)) &&
  head.toString('latin1', 0, 6) === 'MATLAB'

const [miMatrix, miCompressed] = [14, 15]

/**
 * Reads a MATLAB .mat file of version 5 (what `save` writes with -v6 and -v7): a dict of its variables. Numeric and logical
 * arrays are tensors (row-major, as everywhere here), text is a string, a struct a dict, an array of structs and a cell
 * array a list in MATLAB's column-major order.
 */
export async function readMat(file: CheckpointFile): Promise<Value> {
  const head = Buffer.from(await file.read(0, 128))
  const bigEndian = head.toString('latin1', 126, 128) === 'MI'
  const version = bigEndian ? head.readUInt16BE(124) : head.readUInt16LE(124)
  if (version !== 0x0100) {
    const found = `it is of MATLAB's version 0x${version.toString(16)}${version === 0x0200 ? ' (7.3, which is HDF5)' : ''}`
    throw new CheckpointError('unsupported', found, 'save it again with -v7')
  }
  const variables = new Map<Value, Value>()
  const reader = new MatReader(file, bigEndian)
  for (let at = 128; at < file.size; ) {
    const element = await reader.element(at)
    const bytes =
      element.type === miCompressed ? await unpacked(file, element, bigEndian) : within(file, at, element.end - at)
    const inner = new MatReader(bytes, bigEndian)
    const { name, value } = await new Matrix(file, inner).read(await inner.element(0))
    // Function handles leave an unnamed array of bytes behind.
    if (name !== '') variables.set(name, value)
    at = element.end
  }
  return variables
}

/** A compressed variable. It stays packed if it is one array, which is read at once; of a struct or cell array not. */
async function unpacked(file: CheckpointFile, { start, size }: Element, bigEndian: boolean): Promise<Bytes> {
  const stream = () => file.pieces(start, size)
  const head = await new Packed(32, createInflate, stream).head(32)
  const inner = await new MatReader(inMemory(head), bigEndian).tag(0)
  const length = inner.start + inner.size
  file.claim(length, 'a compressed variable')
  const packed = new Packed(length, createInflate, stream)
  const simple = head.length === 32 && head[bigEndian ? 19 : 16]! >= firstNumeric
  return simple ? packed : inMemory(await packed.read(0, length))
}

const firstNumeric = 6
/** Numeric classes of MATLAB by number. */
const classes: Readonly<Record<number, DType>> = {
  6: 'float64',
  7: 'float32',
  8: 'int8',
  9: 'uint8',
  10: 'int16',
  11: 'uint16',
  12: 'int32',
  13: 'uint32',
  14: 'int64',
  15: 'uint64',
}

/** How elements may be kept, whatever the class: MATLAB takes the smallest type that holds the values. */
const kept: Readonly<Record<number, DType>> = {
  1: 'int8',
  2: 'uint8',
  3: 'int16',
  4: 'uint16',
  5: 'int32',
  6: 'uint32',
  7: 'float32',
  9: 'float64',
  12: 'int64',
  13: 'uint64',
}

const maximumDepth = 100

/** Reads one array of any class, and those inside of it. */
class Matrix {
  constructor(
    private readonly file: CheckpointFile,
    private readonly reader: MatReader,
    private readonly depth = 0,
  ) {
    if (depth > maximumDepth) throw new CheckpointError('refused', 'its cells and structs are nested beyond reason')
  }

  async read(matrix: Element): Promise<{ name: string; value: Value }> {
    if (matrix.type !== miMatrix) throw damaged(`it has an element of type ${matrix.type} where an array should be`)
    // An empty cell has no more than its tag.
    if (matrix.size === 0) return { name: '', value: null }
    const { reader } = this
    const flags = await reader.element(matrix.start, matrix.end)
    const dimensions = await reader.element(flags.end, matrix.end)
    const name = await reader.element(dimensions.end, matrix.end)
    const [word = 0] = await reader.integers(flags)
    const shape = await reader.integers(dimensions)
    const value = await this.#value(word, shape, { ...matrix, start: name.end })
    return { name: await reader.text(name), value }
  }

  async #value(flags: number, shape: number[], rest: Element): Promise<Value> {
    const kind = flags & 0xff
    const complex = (flags & 0x800) !== 0
    const logical = (flags & 0x200) !== 0
    if (kind === 1) return this.#cells(sizeOf(shape), rest)
    if (kind === 2) return this.#structs(sizeOf(shape), rest)
    if (kind === 4) return this.#characters(shape, rest)
    const dtype = logical && kind !== 5 ? 'bool' : classes[kind]
    // Sparse and complex arrays, objects, function handles.
    if (dtype === undefined || complex)
      return new Inert(complex ? 'a complex MATLAB array' : `a MATLAB array of class ${kind}`)
    return this.#numbers(dtype, shape, rest)
  }

  async #numbers(as: DType, shape: number[], rest: Element): Promise<Value> {
    const { type, start, size } = await this.reader.element(rest.start, rest.end)
    const dtype = kept[type]
    const floats = dtype?.startsWith('float') && !as.startsWith('float') && as !== 'bool'
    if (dtype === undefined || floats) throw damaged(`it has ${as} numbers that are kept as type ${type}`)
    const { bytes, bigEndian } = this.reader
    return new StoredTensor(this.file, {
      dtype,
      as,
      shape,
      strides: columnMajor(shape),
      bytes: within(bytes, start, size),
      bigEndian,
    })
  }

  async #characters(shape: number[], rest: Element): Promise<Value> {
    const text = await this.reader.text(await this.reader.element(rest.start, rest.end))
    const rows = shape[0] ?? 0
    if (rows <= 1) return text
    const lines: string[] = []
    for (let i = 0; i < text.length; i++) lines[i % rows] = (lines[i % rows] ?? '') + text[i]
    return lines
  }

  async #cells(count: number, rest: Element): Promise<Value[]> {
    const cells: Value[] = []
    let at = rest.start
    for (let i = 0; i < count; i++) {
      const element = await this.reader.element(at, rest.end)
      cells.push((await this.#inner().read(element)).value)
      at = element.end
    }
    return cells
  }

  async #structs(count: number, rest: Element): Promise<Value> {
    const { reader } = this
    const lengths = await reader.element(rest.start, rest.end)
    const names = await reader.element(lengths.end, rest.end)
    const [length = 0] = await reader.integers(lengths)
    const text = await reader.text(names)
    if (length < 1 && text.length > 0) throw damaged('it has a struct without names')
    const fields = Array.from({ length: Math.ceil(text.length / length) || 0 }, (_, i) =>
      text.slice(i * length, (i + 1) * length).replace(/\0.*/s, ''),
    )
    // Without fields there is nothing to read however many elements are claimed.
    const values = await this.#cells(fields.length === 0 ? 0 : count * fields.length, { ...rest, start: names.end })
    const structs = Array.from({ length: values.length / (fields.length || 1) }, (_, i) => {
      return new Map<Value, Value>(fields.map((field, j) => [field, values[i * fields.length + j]!]))
    })
    return count === 1 ? (structs[0] ?? new Map()) : structs
  }

  #inner(): Matrix {
    return new Matrix(this.file, this.reader, this.depth + 1)
  }
}
