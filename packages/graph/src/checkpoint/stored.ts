import {
  byteLength,
  bytesOf,
  type DType,
  deferred,
  elements,
  sizeOf,
  type Tensor,
  type TypedArray,
  tensor,
} from '../tensor.js'
import { CheckpointError, naming } from './error.js'
import type { Bytes, CheckpointFile } from './file.js'

/** Tensors of so many bytes are not kept in memory where their file can be read again. */
const large = 2 ** 20

/** PyTorch's own limit. */
export const maximumRank = 64

/** Where and how the elements of a tensor lie. Offsets and strides count elements, not bytes. */
export interface Layout {
  readonly dtype: DType
  readonly shape: readonly number[]
  /** Row-major unless stated. */
  readonly strides?: readonly number[]
  readonly offset?: number
  readonly bytes: Bytes
  readonly bigEndian?: boolean
  /** What the elements are to be converted to; `dtype` is how they are kept. */
  readonly as?: DType
}

/** A tensor in a file: its dtype and shape are known, its elements are read when they are asked for. */
export class StoredTensor {
  readonly dtype: DType
  readonly shape: readonly number[]
  readonly #layout: Required<Layout>
  readonly #file: CheckpointFile
  /** First and last element that are touched, and one past it: what has to be read. */
  readonly #span: readonly [number, number]

  /** @throws CheckpointError when the shape reaches outside of the bytes. */
  constructor(file: CheckpointFile, layout: Layout) {
    const { dtype, shape, strides = rowMajor(shape), offset = 0, bytes, bigEndian = false, as = dtype } = layout
    const whole = [...shape, ...strides, offset].every((value) => Number.isSafeInteger(value) && value >= 0)
    if (!whole || strides.length !== shape.length || shape.length > maximumRank) {
      const described = `shape [${short(shape)}], strides [${short(strides)}] and offset ${offset}`
      throw new CheckpointError('corrupt', `a tensor of ${described}`, 'the file is damaged: fetch it again')
    }
    const last = shape.includes(0) ? offset - 1 : shape.reduce((at, side, i) => at + (side - 1) * strides[i]!, offset)
    const width = bytesOf(dtype)
    if ((last + 1) * width > bytes.size) {
      throw new CheckpointError(
        'corrupt',
        `a ${dtype} tensor of shape [${shape}] needs ${(last + 1) * width} bytes and there are ${bytes.size}`,
        'the file is truncated or damaged: fetch it again',
      )
    }
    file.claim(sizeOf(shape) * Math.max(width, bytesOf(as)), `a ${dtype} tensor of shape [${shape}]`)
    this.dtype = as
    this.shape = shape
    this.#file = file
    this.#span = [offset, last + 1]
    this.#layout = { dtype, shape, strides, offset, bytes, bigEndian, as }
  }

  /** Reads the elements into a dense row-major tensor of the same dtype. Nothing is kept: each call reads again. */
  async read(): Promise<Tensor> {
    return naming(this.#file.path, async () => {
      const { dtype, shape, strides, bytes, bigEndian, as } = this.#layout
      const [first, end] = this.#span
      const width = bytesOf(dtype)
      if (end <= first) return { dtype: as, shape, data: elements(new Uint8Array(0), as) }
      const raw = await bytes.read(first * width, (end - first) * width)
      if (bigEndian) swap(raw, width)
      const kept = elements(raw, dtype)
      const data = isRowMajor(shape, strides) ? kept : dense(kept, shape, strides)
      if (as !== dtype) return tensor(data, shape, as)
      if (dtype === 'bool') for (let i = 0; i < data.length; i++) data[i] = data[i] ? 1 : 0
      return { dtype, shape, data }
    })
  }

  /**
   * The tensor, as `read` gives it, but without its elements if it is large and the file has them as they are: they are
   * then found undamaged now and read each time that `data` is asked for.
   */
  async load(): Promise<Tensor> {
    const { dtype, shape, strides, bytes, bigEndian, as } = this.#layout
    const plain = !bigEndian && as === dtype && dtype !== 'bool' && isRowMajor(shape, strides)
    if (!plain || !bytes.place || byteLength(this) < large) return this.read()
    const width = bytesOf(dtype)
    const start = (await naming(this.#file.path, bytes.place)) + this.#span[0] * width
    return deferred(dtype, shape, (from, to, into) => {
      const bytes = into ? new Uint8Array(into.buffer, into.byteOffset, into.byteLength) : undefined
      return elements(this.#file.readNow(start + from * width, bytes ?? new Uint8Array((to - from) * width)), dtype)
    })
  }

  /** Equal for tensors that are the same elements of the same bytes: tied parameters. */
  ties(other: StoredTensor): boolean {
    const [a, b] = [this.#layout, other.#layout]
    return a.bytes === b.bytes && a.offset === b.offset && `${a.shape}|${a.strides}` === `${b.shape}|${b.strides}`
  }
}

/** Strides, in elements, of a dense row-major array. */
export function rowMajor(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length)
  for (let axis = shape.length - 1, step = 1; axis >= 0; axis--) {
    strides[axis] = step
    step *= Math.max(1, shape[axis]!)
  }
  return strides
}

/** Strides, in elements, of a dense column-major array, as MATLAB and Fortran keep them. */
export const columnMajor = (shape: readonly number[]): number[] => rowMajor(shape.toReversed()).toReversed()

const isRowMajor = (shape: readonly number[], strides: readonly number[]): boolean => {
  const dense = rowMajor(shape)
  return shape.every((side, axis) => side === 1 || strides[axis] === dense[axis])
}

function dense(source: TypedArray, shape: readonly number[], strides: readonly number[]): TypedArray {
  const Kind = source.constructor as Float32ArrayConstructor
  const from = source as Float32Array
  const to = new Kind(sizeOf(shape))
  let written = 0
  const copy = (axis: number, at: number): void => {
    const [side, stride] = [shape[axis]!, strides[axis]!]
    if (axis === shape.length - 1) for (let i = 0; i < side; i++) to[written++] = from[at + i * stride]!
    else for (let i = 0; i < side; i++) copy(axis + 1, at + i * stride)
  }
  copy(0, 0)
  return to as TypedArray
}

function swap(bytes: Uint8Array, width: number): void {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (width === 2) buffer.swap16()
  else if (width === 4) buffer.swap32()
  else if (width === 8) buffer.swap64()
}

const short = (list: readonly number[]): string => (list.length > 8 ? `${list.slice(0, 8)},…` : `${list}`)
