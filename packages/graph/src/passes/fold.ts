import { type Model, type Node, readsOf } from '../model.js'
import { deferred, part, sizeOf, type Tensor, tensor } from '../tensor.js'
import { free, namesOf } from './names.js'

/**
 * A model in which every BatchNormalization after a convolution is part of the convolution's weights. What is in `keep`
 * stays as it is, and so do the normalisations that use it: weights that are trained are not to be folded.
 */
export function foldBatchNorms(model: Model, keep: readonly string[] = []): Model {
  const readers = new Map<string, number>()
  for (const name of [...model.nodes.flatMap(readsOf), ...model.outputs.map((port) => port.name)]) {
    readers.set(name, (readers.get(name) ?? 0) + 1)
  }
  const producers = new Map(model.nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)))
  const initializers = new Map(model.initializers)
  const taken = namesOf(model)
  const replaced = new Map<Node, Node | undefined>()
  const constant = (name: string | undefined) =>
    name && !keep.includes(name) ? floats(model.initializers.get(name)) : undefined
  for (const node of model.nodes) {
    const conv = node.op === 'BatchNormalization' && node.domain === '' ? producers.get(node.inputs[0]!) : undefined
    if (conv?.op !== 'Conv' || conv.domain !== '' || readers.get(conv.outputs[0]!) !== 1 || replaced.has(conv)) continue
    const weight = constant(conv.inputs[1])
    const bias = conv.inputs[2] ? constant(conv.inputs[2]) : undefined
    const [scale, shift, mean, variance] = node.inputs.slice(1).map(constant)
    if (!weight || !scale || !shift || !mean || !variance || (conv.inputs[2] && !bias)) continue
    const epsilon = node.attributes['epsilon']?.value ?? 1e-5
    const factors = Float64Array.from(
      scale.data,
      (value, index) => value / Math.sqrt(variance.data[index]! + (epsilon as number)),
    )
    const names = [free(`${node.outputs[0]}/weight`, taken), free(`${node.outputs[0]}/bias`, taken)] as const
    const moved = Float32Array.from(
      factors,
      (factor, index) => shift.data[index]! + ((bias?.data[index] ?? 0) - mean.data[index]!) * factor,
    )
    initializers.set(names[0], scaled(weight, factors))
    initializers.set(names[1], tensor(moved))
    replaced.set(conv, { ...conv, inputs: [conv.inputs[0]!, ...names], outputs: node.outputs })
    replaced.set(node, undefined)
  }
  const nodes = model.nodes.flatMap((node) => (replaced.has(node) ? (replaced.get(node) ?? []) : [node]))
  return { ...model, nodes, initializers }
}

/** Weights with the part of every output channel multiplied by its factor. */
function scaled(weight: Tensor<'float32'>, factors: Float64Array): Tensor<'float32'> {
  const each = sizeOf(weight.shape) / factors.length
  return deferred('float32', weight.shape, (from, to, into = new Float32Array(to - from)) => {
    const values = part(weight, from, to, into)
    for (let at = from; at < to; at++) into[at - from] = values[at - from]! * factors[Math.floor(at / each)]!
    return into
  })
}

const floats = (value: Tensor | undefined) => (value?.dtype === 'float32' ? (value as Tensor<'float32'>) : undefined)
