import { closeSync, openSync, writeFileSync, writeSync } from 'node:fs'
import { basename } from 'node:path'
import { create, toBinary } from '@bufbuild/protobuf'
import {
  type AttributeProto,
  AttributeProtoSchema,
  AttributeProto_AttributeType as AttributeType,
  type GraphProto,
  GraphProtoSchema,
  ModelProtoSchema,
  NodeProtoSchema,
  StringStringEntryProtoSchema,
  type TensorProto,
  TensorProto_DataLocation,
  TensorProtoSchema,
  type ValueInfoProto,
  ValueInfoProtoSchema,
} from 'onnx-buf'
import { GraphError } from '../errors.js'
import { type Attribute, type Model, OPSET, type Port, type Subgraph } from '../model.js'
import { byteLength, part, sizeOf, type Tensor } from '../tensor.js'
import { codeOf } from './dtypes.js'
import { writeTensor } from './tensors.js'

type WriteTensor = (name: string, tensor: Tensor) => TensorProto

/**
 * The bytes of an .onnx file.
 *
 * @throws GraphError `unsupported` when they would exceed protobuf's limit of 2 GiB; `saveModel` has none.
 */
export function writeModel(model: Model): Uint8Array {
  const bytes = [...model.initializers.values()].reduce((sum, value) => sum + byteLength(value), 0)
  if (bytes >= 2 ** 31 - 2 ** 20) {
    throw new GraphError('unsupported', `${bytes} bytes of weights do not fit into one .onnx file: use saveModel`)
  }
  return encode(model, writeTensor)
}

/** Elements that are written at once: little beside the tensors of which a part after the other is made. */
const step = 2 ** 20

const bytesIn = ({ buffer, byteOffset, byteLength }: Tensor['data']): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength)

/**
 * Writes a model to `path`, its large tensors to `path`.data beside it: a runtime that opens the file by its path then
 * needs about half the memory that it needs for a model with the tensors inside.
 */
export function saveModel(model: Model, path: string): void {
  const location = `${basename(path)}.data`
  const scratch = new Float32Array(step) // garbage that is large and soon left is not collected soon
  let file: number | undefined
  let offset = 0
  try {
    const bytes = encode(model, (name, tensor) => {
      const length = byteLength(tensor)
      if (length < 4096) return writeTensor(name, tensor)
      file ??= openSync(`${path}.data`, 'w')
      const at = Math.ceil(offset / 4096) * 4096 // page-aligned, so that a runtime may map it
      offset = at
      for (let from = 0, size = sizeOf(tensor.shape); from < size; from += step) {
        const to = Math.min(size, from + step)
        const bytes = bytesIn(
          part(tensor, from, to, tensor.dtype === 'float32' ? scratch.subarray(0, to - from) : undefined),
        )
        for (let done = 0; done < bytes.length; )
          done += writeSync(file, bytes, done, bytes.length - done, offset + done)
        offset += bytes.length
      }
      return create(TensorProtoSchema, {
        name,
        dataType: codeOf(tensor.dtype),
        dims: tensor.shape.map(BigInt),
        dataLocation: TensorProto_DataLocation.EXTERNAL,
        externalData: Object.entries({ location, offset: String(at), length: String(length) }).map(([key, value]) =>
          create(StringStringEntryProtoSchema, { key, value }),
        ),
      })
    })
    writeFileSync(path, bytes)
  } finally {
    if (file !== undefined) closeSync(file)
  }
}

function encode(model: Model, tensors: WriteTensor): Uint8Array {
  const opsets = [['', OPSET] as const, ...model.domains].map(([domain, version]) => ({
    domain,
    version: BigInt(version),
  }))
  const proto = create(ModelProtoSchema, {
    irVersion: 9n, // that of operator set 20
    producerName: 'cupel',
    opsetImport: opsets,
    graph: writeGraph(model, tensors),
    metadataProps: [...model.metadata].map(([key, value]) => ({ key, value })),
  })
  return toBinary(ModelProtoSchema, proto)
}

function writeGraph(graph: Subgraph, tensors: WriteTensor): GraphProto {
  return create(GraphProtoSchema, {
    name: graph.name || 'graph',
    node: graph.nodes.map((node) =>
      create(NodeProtoSchema, {
        opType: node.op,
        domain: node.domain,
        name: node.name,
        input: [...node.inputs],
        output: [...node.outputs],
        attribute: Object.entries(node.attributes).map(([name, value]) => writeAttribute(name, value)),
      }),
    ),
    initializer: [...graph.initializers].map(([name, value]) => tensors(name, value)),
    input: graph.inputs.map(writePort),
    output: graph.outputs.map(writePort),
  })
}

function writePort({ name, dtype, shape }: Port): ValueInfoProto {
  const dim = shape?.map((side) =>
    typeof side === 'number'
      ? { value: { case: 'dimValue' as const, value: BigInt(side) } }
      : { value: { case: 'dimParam' as const, value: side } },
  )
  const type = { elemType: codeOf(dtype), ...(dim && { shape: { dim } }) }
  return create(ValueInfoProtoSchema, { name, type: { value: { case: 'tensorType', value: type } } })
}

const bytes = (text: string) => new TextEncoder().encode(text)

// A 64-bit limit such as INT64_MAX is read as the nearest double, which is one too many.
const int64 = (value: number) => {
  const limit = 2n ** 63n
  const whole = BigInt(Math.round(value))
  return whole >= limit ? limit - 1n : whole < -limit ? -limit : whole
}

/** The ONNX message for an attribute. */
export function writeAttribute(name: string, { type, value }: Attribute): AttributeProto {
  switch (type) {
    case 'int':
      return create(AttributeProtoSchema, { name, type: AttributeType.INT, i: int64(value) })
    case 'float':
      return create(AttributeProtoSchema, { name, type: AttributeType.FLOAT, f: value })
    case 'string':
      return create(AttributeProtoSchema, { name, type: AttributeType.STRING, s: bytes(value) })
    case 'ints':
      return create(AttributeProtoSchema, { name, type: AttributeType.INTS, ints: value.map(int64) })
    case 'floats':
      return create(AttributeProtoSchema, { name, type: AttributeType.FLOATS, floats: [...value] })
    case 'strings':
      return create(AttributeProtoSchema, { name, type: AttributeType.STRINGS, strings: value.map(bytes) })
    case 'tensor':
      return create(AttributeProtoSchema, { name, type: AttributeType.TENSOR, t: writeTensor('', value) })
    case 'graph':
      return create(AttributeProtoSchema, { name, type: AttributeType.GRAPH, g: writeGraph(value, writeTensor) })
  }
}
