import { bytesOf, type DType } from '../tensor.js'

const kinds: Readonly<Record<string, DType>> = {
  f2: 'float16',
  f4: 'float32',
  f8: 'float64',
  i1: 'int8',
  i2: 'int16',
  i4: 'int32',
  i8: 'int64',
  u1: 'uint8',
  u2: 'uint16',
  u4: 'uint32',
  u8: 'uint64',
  b1: 'bool',
}

/** How NumPy keeps the elements of an array. */
export interface NumpyType {
  readonly dtype: DType
  readonly width: number
  readonly bigEndian: boolean
}

/** NumPy's description of a dtype, such as `<f4`, `>i8`, `|b1` or `f4`; undefined for complex, text, objects and records. */
export function numpyType(description: string): NumpyType | undefined {
  const [, order, kind] = /^([<>=|]?)([a-z]\d)$/.exec(description) ?? []
  const dtype = kinds[kind ?? '']
  return dtype && { dtype, width: bytesOf(dtype), bigEndian: order === '>' }
}
