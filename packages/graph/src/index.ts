export { type Differentiation, differentiate } from './differentiate.js'
export { GraphError, type GraphErrorKind } from './errors.js'
export { Graph, graph, type Operand } from './graph.js'
export {
  type Attribute,
  type AttributeValue,
  type Dimension,
  type Model,
  type Node,
  OPSET,
  type Port,
  type Subgraph,
} from './model.js'
export { type Build, imageModel, type Network, network, type Picture, pixels, type Scored } from './network.js'
export { readModel } from './onnx/read.js'
export { saveModel, writeModel } from './onnx/write.js'
export { openPool, type PoolOptions } from './pool.js'
export { type Runtime, runtime } from './runtime.js'
export { type Device, open, type Session, type SessionOptions } from './session.js'
export { footprint, type Specialised, type SpecialisedOptions, specialised } from './specialise.js'
export {
  type Arrays,
  bytesOf,
  type DType,
  elements,
  float32,
  halfToNumber,
  numbers,
  sizeOf,
  type Tensor,
  type TypedArray,
  tensor,
  zeros,
} from './tensor.js'
export { type Type, Value, type Window } from './value.js'
