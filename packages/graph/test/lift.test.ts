import { create, toBinary } from '@bufbuild/protobuf'
import { ModelProtoSchema, NodeProtoSchema, type TensorProto, TypeProtoSchema, ValueInfoProtoSchema } from 'onnx-buf'
import { describe, expect, it } from 'vitest'
import { type AttributeValue, open, readModel, type Tensor, tensor } from '../src/index.js'
import { attribute } from '../src/model.js'
import { writeTensor } from '../src/onnx/tensors.js'
import { writeAttribute } from '../src/onnx/write.js'

interface Old {
  readonly opset: number
  readonly op: string
  readonly attributes?: Readonly<Record<string, AttributeValue>>
  /** Inputs after x, constants; undefined ones are left out. */
  readonly constants?: readonly (Tensor | undefined)[]
  readonly x?: Tensor
  readonly outputs?: number
}

const wave = (...shape: number[]) => {
  const size = shape.reduce((product, side) => product * side, 1)
  return tensor(
    Float32Array.from({ length: size }, (_, index) => Math.sin(1.7 * index) + 0.1),
    shape,
  )
}

/** A model as an older exporter would have written it. */
function encode({ opset, op, attributes = {}, constants = [], outputs = 1 }: Old): Uint8Array {
  const port = (name: string) =>
    create(ValueInfoProtoSchema, {
      name,
      type: create(TypeProtoSchema, { value: { case: 'tensorType', value: { elemType: 1 } } }),
    })
  const names = Array.from({ length: outputs }, (_, index) => `y${index}`)
  const initializer = constants.flatMap((value, index): TensorProto[] =>
    value ? [writeTensor(`c${index}`, value)] : [],
  )
  const node = create(NodeProtoSchema, {
    opType: op,
    input: ['x', ...constants.map((value, index) => (value ? `c${index}` : ''))],
    output: names,
    attribute: Object.entries(attributes).map(([name, value]) => writeAttribute(name, attribute(name, value))),
  })
  const graph = { name: 'old', node: [node], initializer, input: [port('x')], output: names.map(port) }
  return toBinary(
    ModelProtoSchema,
    create(ModelProtoSchema, { irVersion: 7n, opsetImport: [{ version: BigInt(opset) }], graph }),
  )
}

const reductions = 'ReduceMax ReduceMin ReduceMean ReduceProd ReduceL1 ReduceL2 ReduceSumSquare ReduceLogSumExp'.split(
  ' ',
)
const grid = tensor([-0.9, -0.3, 0.2, 0.7, 1.2, -1.1, 0, 0.4], [1, 2, 2, 2])
const image = wave(1, 2, 5, 7)

const cases: Readonly<Record<string, Old>> = {
  ...Object.fromEntries(
    reductions.map((op) => [
      `${op} with axes as an attribute`,
      { opset: 13, op, attributes: { axes: [1, -1], keepdims: 0 } },
    ]),
  ),
  'ReduceMean over everything': { opset: 13, op: 'ReduceMean' },
  'Split in equal parts': { opset: 13, op: 'Split', attributes: { axis: 2 }, outputs: 2, x: wave(1, 2, 4) },
  'Split as said': {
    opset: 13,
    op: 'Split',
    attributes: { axis: 1 },
    constants: [tensor([1, 2], [2], 'int64')],
    outputs: 2,
  },
  'GridSample by default': { opset: 16, op: 'GridSample', constants: [grid], x: image },
  'GridSample bicubic': {
    opset: 16,
    op: 'GridSample',
    attributes: { mode: 'bicubic', padding_mode: 'border' },
    constants: [grid],
    x: image,
  },
  'GridSample nearest': {
    opset: 16,
    op: 'GridSample',
    attributes: { mode: 'nearest', align_corners: 1 },
    constants: [grid],
    x: image,
  },
  BatchNormalization: {
    opset: 13,
    op: 'BatchNormalization',
    constants: [1, 2, 3, 4].map((value) => tensor([value, 0.5])),
    x: image,
  },
  'RoiAlign, whose default moved by half a pixel': {
    opset: 13,
    op: 'RoiAlign',
    attributes: { output_height: 2, output_width: 2, sampling_ratio: 2 },
    constants: [tensor([0, 0, 4, 3], [1, 4]), tensor([0], [1], 'int64')],
    x: image,
  },
  'DFT, whose axis became an input': { opset: 17, op: 'DFT', attributes: { axis: 1 }, x: wave(1, 4, 3, 1) },
  'DFT along the old default axis': { opset: 17, op: 'DFT', x: wave(1, 4, 3, 1) },
  Resize: {
    opset: 13,
    op: 'Resize',
    attributes: { mode: 'linear' },
    constants: [undefined, tensor([1, 1, 2, 1.5])],
    x: image,
  },
  Pad: {
    opset: 13,
    op: 'Pad',
    attributes: { mode: 'reflect' },
    constants: [tensor([0, 0, 1, 2, 0, 0, 0, 3], [8], 'int64')],
    x: image,
  },
  AveragePool: {
    opset: 13,
    op: 'AveragePool',
    attributes: { kernel_shape: [3, 3], pads: [1, 1, 1, 1], strides: [2, 2] },
    x: image,
  },
  Clip: { opset: 13, op: 'Clip', constants: [tensor(-0.5), tensor(0.5)] },
}

describe('a model of an older operator set computes the same once it is lifted', () => {
  it.each(Object.entries(cases))('%s', async (_, old) => {
    const bytes = encode(old)
    const x = old.x ?? wave(2, 3, 4)
    const [before, after] = [await open(bytes), await open(readModel(bytes))]
    const [expected, found] = [await before.run({ x }), await after.run({ x })]
    await Promise.all([before.dispose(), after.dispose()])
    expect(Object.keys(found)).toEqual(Object.keys(expected))
    for (const [name, { data, shape }] of Object.entries(expected)) {
      expect(found[name]!.shape).toEqual(shape)
      data.forEach((value, index) => {
        expect(Number(found[name]!.data[index])).toBeCloseTo(Number(value), 5)
      })
    }
  })

  it('but not a normalisation in training mode', () => {
    const old: Old = {
      opset: 13,
      op: 'BatchNormalization',
      constants: [1, 2, 3, 4].map((value) => tensor([value, 0.5])),
      outputs: 3,
    }
    expect(() => readModel(encode(old))).toThrow(/training mode/)
  })
})
