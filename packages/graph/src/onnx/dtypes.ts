import { TensorProto_DataType as Code } from 'onnx-buf'
import { GraphError } from '../errors.js'
import type { DType } from '../tensor.js'

const codes: Record<DType, Code> = {
  float32: Code.FLOAT,
  float64: Code.DOUBLE,
  float16: Code.FLOAT16,
  bfloat16: Code.BFLOAT16,
  int64: Code.INT64,
  uint64: Code.UINT64,
  int32: Code.INT32,
  uint32: Code.UINT32,
  int16: Code.INT16,
  uint16: Code.UINT16,
  int8: Code.INT8,
  uint8: Code.UINT8,
  bool: Code.BOOL,
}
const dtypes = new Map(Object.entries(codes).map(([dtype, code]) => [code, dtype as DType]))

/** ONNX's number for a dtype. */
export const codeOf = (dtype: DType): number => codes[dtype]

/** The dtype that ONNX's number stands for; GraphError (`unsupported`) when it is none of ours. */
export function dtypeOf(code: number, what: string): DType {
  const dtype = dtypes.get(code)
  if (!dtype)
    throw new GraphError('unsupported', `${what} has ONNX data type ${Code[code] ?? code}, which is not supported`)
  return dtype
}
