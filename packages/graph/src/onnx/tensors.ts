import { create } from '@bufbuild/protobuf'
import { type TensorProto, TensorProto_DataLocation, TensorProtoSchema } from 'onnx-buf'
import { GraphError } from '../errors.js'
import { bytesOf, elements, sizeOf, type Tensor, type TypedArray, tensor } from '../tensor.js'
import { codeOf, dtypeOf } from './dtypes.js'
import type { ExternalData } from './external.js'

/** The tensor that an ONNX message holds. Its elements are a copy, so that it does not keep the whole file in memory. */
export function readTensor(proto: TensorProto, external: ExternalData): Tensor {
  const dtype = dtypeOf(proto.dataType, `tensor "${proto.name}"`)
  const shape = proto.dims.map(Number)
  const size = sizeOf(shape)
  if (shape.some((side) => !Number.isSafeInteger(side) || side < 0) || !Number.isSafeInteger(size)) {
    throw new GraphError('corrupt', `tensor "${proto.name}" has the impossible shape [${shape}]`)
  }
  if (proto.dataLocation === TensorProto_DataLocation.EXTERNAL) {
    return { dtype, shape, data: elements(external(proto.externalData, proto.name, size * bytesOf(dtype)), dtype) }
  }
  const data = proto.rawData.byteLength > 0 ? elements(new Uint8Array(proto.rawData), dtype) : listed(proto)
  if (data.length !== size) {
    throw new GraphError(
      'corrupt',
      `tensor "${proto.name}" of shape [${shape}] has ${data.length} elements instead of ${size}`,
    )
  }
  return tensor(data, shape, dtype)
}

// The fields in which a message may list its elements one by one, half floats and small integers as int32.
function listed(proto: TensorProto): TypedArray | number[] | bigint[] {
  const fields = [proto.floatData, proto.doubleData, proto.int32Data, proto.int64Data, proto.uint64Data]
  return fields.find((field) => field.length > 0) ?? []
}

/** The ONNX message for a tensor. */
export function writeTensor(name: string, { dtype, shape, data }: Tensor): TensorProto {
  return create(TensorProtoSchema, {
    name,
    dataType: codeOf(dtype),
    dims: shape.map(BigInt),
    rawData: new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength),
  })
}
