import { readFileSync } from 'node:fs'
import { fromBinary } from '@bufbuild/protobuf'
import {
  type AttributeProto,
  AttributeProto_AttributeType as AttributeType,
  type GraphProto,
  type ModelProto,
  ModelProtoSchema,
  type NodeProto,
  type ValueInfoProto,
} from 'onnx-buf'
import { GraphError } from '../errors.js'
import type { Attribute, Dimension, Model, Node, Port, Subgraph } from '../model.js'
import { lift } from '../opset/lift.js'
import { dtypeOf } from './dtypes.js'
import { type ExternalData, externalData } from './external.js'
import { readTensor } from './tensors.js'

/**
 * Reads an ONNX model of operator sets 13 to 20 and lifts it to {@link OPSET}.
 *
 * @param source Path of an .onnx file (its external data is read from its folder), or the bytes of one without external data.
 * @throws GraphError `corrupt` for what is no ONNX model, `unsupported` for another operator set or a type that is not a
 *   tensor's, `refused` for external data outside of the model's folder, `missing` for a file that is not there.
 */
export function readModel(source: string | Uint8Array): Model {
  const what = typeof source === 'string' ? source : `the ${source.byteLength} bytes given`
  const bytes = typeof source === 'string' ? readFile(source) : source
  let proto: ModelProto
  try {
    proto = fromBinary(ModelProtoSchema, bytes, { readUnknownFields: false })
  } catch (cause) {
    throw new GraphError('corrupt', `${what}: not an ONNX model (${(cause as Error).message})`, { cause })
  }
  if (!proto.graph)
    throw new GraphError('corrupt', `${what}: an ONNX model without a graph; is it another kind of file?`)
  if (proto.functions.length > 0) {
    throw new GraphError('unsupported', `${what}: model-local functions are not supported; inline them when exporting`)
  }
  const versions = new Map(
    proto.opsetImport.map(({ domain, version }) => [domain === 'ai.onnx' ? '' : domain, Number(version)]),
  )
  const opset = versions.get('')
  if (opset === undefined) throw new GraphError('corrupt', `${what}: the model does not say which operator set it uses`)
  versions.delete('')
  const graph = lift(readGraph(proto.graph, externalData(typeof source === 'string' ? source : undefined)), opset)
  const metadata = new Map(proto.metadataProps.map(({ key, value }) => [key, value]))
  return { ...graph, domains: versions, metadata }
}

function readFile(path: string): Uint8Array {
  try {
    return readFileSync(path)
  } catch (cause) {
    throw new GraphError('missing', `cannot read the model ${path}: ${(cause as Error).message}`, { cause })
  }
}

function readGraph(proto: GraphProto, external: ExternalData): Subgraph {
  if (proto.sparseInitializer.length > 0) {
    throw new GraphError('unsupported', `graph "${proto.name}": sparse initializers are not supported`)
  }
  const initializers = new Map(proto.initializer.map((item) => [item.name, readTensor(item, external)]))
  return {
    name: proto.name,
    nodes: proto.node.map((node) => readNode(node, external)),
    initializers,
    // Up to IR version 3 initializers were listed among the inputs too; here they are constants.
    inputs: proto.input.filter(({ name }) => !initializers.has(name)).map((port) => readPort(port)),
    outputs: proto.output.map((port) => readPort(port)),
    declared: [...proto.valueInfo, ...proto.output].filter(isTensor).map((port) => readPort(port)),
  }
}

const isTensor = ({ type }: ValueInfoProto) => type?.value.case === 'tensorType' && type.value.value.elemType !== 0

function readPort({ name, type }: ValueInfoProto): Port {
  if (!type) return { name, dtype: 'float32' } // an output without a type: inference knows better
  const { value } = type
  if (value.case !== 'tensorType') {
    throw new GraphError('unsupported', `"${name}" is a ${value.case ?? 'value without a type'}, expected a tensor`)
  }
  const dtype = dtypeOf(value.value.elemType, `"${name}"`)
  const { shape } = value.value
  if (!shape) return { name, dtype }
  const dimensions = shape.dim.map(({ value: side }, axis): Dimension => {
    if (side.case === 'dimValue') return Number(side.value)
    return side.case === 'dimParam' && side.value !== '' ? side.value : `${name}.${axis}`
  })
  return { name, dtype, shape: dimensions }
}

function readNode(proto: NodeProto, external: ExternalData): Node {
  const entries = proto.attribute.map((item) => [item.name, readAttribute(item, proto, external)] as const)
  return {
    op: proto.opType,
    domain: proto.domain === 'ai.onnx' ? '' : proto.domain,
    name: proto.name,
    inputs: proto.input,
    outputs: proto.output,
    attributes: Object.fromEntries(entries),
  }
}

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes)

function readAttribute(proto: AttributeProto, node: NodeProto, external: ExternalData): Attribute {
  switch (proto.type) {
    case AttributeType.INT:
      return { type: 'int', value: Number(proto.i) }
    case AttributeType.FLOAT:
      return { type: 'float', value: proto.f }
    case AttributeType.STRING:
      return { type: 'string', value: text(proto.s) }
    case AttributeType.INTS:
      return { type: 'ints', value: proto.ints.map(Number) }
    case AttributeType.FLOATS:
      return { type: 'floats', value: proto.floats }
    case AttributeType.STRINGS:
      return { type: 'strings', value: proto.strings.map(text) }
    case AttributeType.TENSOR:
      if (proto.t) return { type: 'tensor', value: readTensor(proto.t, external) }
      break
    case AttributeType.GRAPH:
      if (proto.g) return { type: 'graph', value: readGraph(proto.g, external) }
      break
  }
  const type = AttributeType[proto.type] ?? proto.type
  throw new GraphError(
    'unsupported',
    `attribute ${proto.name} of ${node.opType} node "${node.name}" is of type ${type}`,
  )
}
