import { GraphError } from './errors.js'

/** The array that holds the elements of each dtype. Half floats are kept as their bits; booleans as 0 or 1. */
export interface Arrays {
  float32: Float32Array
  float64: Float64Array
  float16: Uint16Array
  bfloat16: Uint16Array
  int64: BigInt64Array
  uint64: BigUint64Array
  int32: Int32Array
  uint32: Uint32Array
  int16: Int16Array
  uint16: Uint16Array
  int8: Int8Array
  uint8: Uint8Array
  bool: Uint8Array
}

export type DType = keyof Arrays
export type TypedArray = Arrays[DType]

/** A dense array in row-major order. An empty shape is a scalar. */
export interface Tensor<D extends DType = DType> {
  readonly dtype: D
  readonly shape: readonly number[]
  /** Keep it in a variable: that of a {@link deferred} tensor is made anew each time it is asked for. */
  readonly data: Arrays[D]
}

const constructors = {
  float32: Float32Array,
  float64: Float64Array,
  float16: Uint16Array,
  bfloat16: Uint16Array,
  int64: BigInt64Array,
  uint64: BigUint64Array,
  int32: Int32Array,
  uint32: Uint32Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int8: Int8Array,
  uint8: Uint8Array,
  bool: Uint8Array,
} as const

/** Bytes that one element of a dtype takes. */
export const bytesOf = (dtype: DType): number => constructors[dtype].BYTES_PER_ELEMENT

/** Number of elements of a shape: 1 for a scalar. */
export const sizeOf = (shape: readonly number[]): number => shape.reduce((product, side) => product * side, 1)

/** Bytes that the elements of a tensor take, whether they are there or not. */
export const byteLength = ({ dtype, shape }: Pick<Tensor, 'dtype' | 'shape'>): number => sizeOf(shape) * bytesOf(dtype)

/** Makes the elements of a tensor from one index to before another, in an array of that length if one is given. */
type Part<D extends DType> = (from: number, to: number, into?: Arrays[D]) => Arrays[D]

const parts = new WeakMap<object, Part<DType>>()

/**
 * A tensor whose elements are read or computed when they are asked for, and never kept: the weights of a network then
 * take no memory here beside that of its sessions, and are written to a file by a part after the other.
 */
export function deferred<D extends DType>(dtype: D, shape: readonly number[], part: Part<D>): Tensor<D> {
  const made = {
    dtype,
    shape,
    get data() {
      return part(0, sizeOf(shape))
    },
  }
  parts.set(made, part as unknown as Part<DType>)
  return made
}

/**
 * The elements of a tensor from one index to before another; of a {@link deferred} one no others are made.
 *
 * @param into An array of that length, which may be used for them: what is in it is lost then.
 */
export const part = <D extends DType>(source: Tensor<D>, from: number, to: number, into?: Arrays[D]): Arrays[D] =>
  ((parts.get(source) as Part<D> | undefined)?.(from, to, into) ?? source.data.subarray(from, to)) as Arrays[D]

/**
 * A tensor from numbers (bigints for 64-bit integers, or whole numbers) or from a typed array, which is kept, not copied,
 * when it is of the dtype's own kind.
 *
 * @param shape Defaults to one axis as long as the data.
 * @throws GraphError when the shape and the number of elements disagree.
 */
export function tensor<D extends DType = 'float32'>(
  data: TypedArray | readonly (number | bigint)[] | number,
  shape?: readonly number[],
  dtype: D = 'float32' as D,
): Tensor<D> {
  const array = typeof data === 'number' ? [data] : data
  const sides = shape ?? (typeof data === 'number' ? [] : [array.length])
  if (sizeOf(sides) !== array.length) {
    throw new GraphError('shape', `a tensor of shape [${sides}] needs ${sizeOf(sides)} elements, got ${array.length}`)
  }
  return { dtype, shape: [...sides], data: convert(array, dtype) }
}

function convert<D extends DType>(array: TypedArray | readonly (number | bigint)[], dtype: D): Arrays[D] {
  const Kind = constructors[dtype]
  if (array instanceof Kind) return array as Arrays[D]
  if (dtype === 'float16') return Uint16Array.from(array as ArrayLike<number>, numberToHalf) as Arrays[D]
  if (dtype === 'bfloat16') return Uint16Array.from(array as ArrayLike<number>, numberToBrain) as Arrays[D]
  if (Kind === BigInt64Array || Kind === BigUint64Array) {
    return Kind.from(Array.from(array as ArrayLike<number>, (value) => BigInt(value))) as Arrays[D]
  }
  return (Kind as Float32ArrayConstructor).from(Array.from(array as ArrayLike<number>, Number)) as Arrays[D]
}

/** A tensor of zeros. */
export const zeros = <D extends DType = 'float32'>(shape: readonly number[], dtype: D = 'float32' as D): Tensor<D> => ({
  dtype,
  shape: [...shape],
  data: new constructors[dtype](sizeOf(shape)) as Arrays[D],
})

/** Views bytes as the elements of a dtype, copying only when they are not aligned for it. */
export function elements<D extends DType>(bytes: Uint8Array, dtype: D): Arrays[D] {
  const Kind = constructors[dtype] as Float32ArrayConstructor
  const width = Kind.BYTES_PER_ELEMENT
  if (bytes.byteLength % width !== 0) {
    throw new GraphError('corrupt', `${bytes.byteLength} bytes are no whole number of ${dtype} elements`)
  }
  const aligned = bytes.byteOffset % width === 0 ? bytes : new Uint8Array(bytes) // slice() of a Buffer would not copy
  return new Kind(aligned.buffer as ArrayBuffer, aligned.byteOffset, aligned.byteLength / width) as Arrays[D]
}

/** The values of a tensor as float32, whatever its dtype; the very array when it is float32 already. */
export function float32(source: Tensor): Float32Array {
  const { dtype, data } = source
  switch (dtype) {
    case 'float32':
      return data as Float32Array
    case 'float16':
      return fromHalves(data as Uint16Array)
    case 'bfloat16': {
      const bits = new Uint32Array(data as Uint16Array)
      for (let i = 0; i < bits.length; i++) bits[i]! <<= 16
      return new Float32Array(bits.buffer)
    }
    case 'int64':
    case 'uint64':
      return Float32Array.from(data as ArrayLike<number>, Number)
    default:
      return new Float32Array(data as Float64Array)
  }
}

/** The number that each half float stands for: checkpoints have millions of them. */
let halves: Float32Array | undefined

function fromHalves(bits: Uint16Array): Float32Array {
  halves ??= Float32Array.from({ length: 65536 }, (_, half) => halfToNumber(half))
  const values = new Float32Array(bits.length)
  for (let i = 0; i < bits.length; i++) values[i] = halves[bits[i]!]!
  return values
}

/** The values of a tensor as numbers, for small ones such as shapes and axes. */
export const numbers = (source: Tensor): number[] =>
  source.dtype === 'float16' || source.dtype === 'bfloat16'
    ? Array.from(float32(source))
    : Array.from(source.data as ArrayLike<number | bigint>, Number)

/** IEEE 754 binary16 bits to the number they stand for. */
export function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >> 10) & 0x1f
  const fraction = bits & 0x3ff
  if (exponent === 0) return sign * fraction * 2 ** -24
  if (exponent === 0x1f) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
}

const single = new Float32Array(1)
const bits = new Uint32Array(single.buffer)

/** The IEEE 754 binary16 bits nearest to a number, ties to even. */
export function numberToHalf(value: number): number {
  const sign = Object.is(value, -0) || value < 0 ? 0x8000 : 0
  const size = Math.abs(value)
  if (Number.isNaN(value)) return 0x7e00
  if (size >= 65520) return sign | 0x7c00
  const exponent = Math.max(Math.floor(Math.log2(size)), -14)
  const step = size === 0 ? 1 : 2 ** (exponent - 10)
  const whole = size / step
  const floor = Math.floor(whole)
  const rest = whole - floor
  const rounded = rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? floor + 1 : floor
  // Counted in steps, subnormal and normal numbers follow one another in their bits.
  return size === 0 ? sign : sign | (rounded + (exponent + 14) * 1024)
}

function numberToBrain(value: number): number {
  single[0] = value
  const [whole] = bits as unknown as [number]
  return Number.isNaN(value) ? 0x7fc0 : (whole + 0x7fff + ((whole >>> 16) & 1)) >>> 16
}
