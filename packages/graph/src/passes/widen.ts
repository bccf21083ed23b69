import { attributes, type Model } from '../model.js'
import type { Tensor } from '../tensor.js'
import { free, namesOf } from './names.js'

// onnxruntime keeps its blocked layout through groups of whole blocks of channels, and through single channels.
const block = 16

/**
 * A model in which the groups of grouped convolutions that are narrower than a block of channels are joined until they fill
 * one, with zeros where the groups do not meet. The zeros are work (twice the multiplications for groups of eight), which
 * the layout more than pays for. Weights in `keep`, which are trained, stay as they are.
 */
export function widenGroups(model: Model, keep: readonly string[] = []): Model {
  const initializers = new Map(model.initializers)
  const taken = namesOf(model)
  const nodes = model.nodes.map((node) => {
    const group = node.op === 'Conv' && node.domain === '' ? (attributes(node).int('group') ?? 1) : 1
    const weight = initializers.get(node.inputs[1] ?? '')
    if (group === 1 || weight?.dtype !== 'float32' || weight.shape.length !== 4 || keep.includes(node.inputs[1]!))
      return node
    const [outputs, inner] = weight.shape as [number, number]
    const joined = block / inner
    if (inner === 1 || outputs / group !== inner || !Number.isInteger(joined) || joined === 1 || group % joined !== 0)
      return node
    const name = free(`${node.inputs[1]}/wide`, taken)
    initializers.set(name, widened(weight as Tensor<'float32'>, joined))
    const [x, , ...rest] = node.inputs
    const wider = { ...node.attributes, group: { type: 'int' as const, value: group / joined } }
    return { ...node, inputs: [x!, name, ...rest], attributes: wider }
  })
  return { ...model, nodes, initializers }
}

/** Square groups of [out, in, kH, kW], with `joined` of them in each new one. */
function widened({ shape, data }: Tensor<'float32'>, joined: number): Tensor<'float32'> {
  const [outputs, inner, height, width] = shape as [number, number, number, number]
  const each = inner * height * width
  const result = new Float32Array(data.length * joined)
  for (let output = 0; output < outputs; output++) {
    const place = Math.floor(output / inner) % joined
    result.set(data.subarray(output * each, (output + 1) * each), (output * joined + place) * each)
  }
  return { dtype: 'float32', shape: [outputs, inner * joined, height, width], data: result }
}
