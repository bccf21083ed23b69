import { readFileSync } from 'node:fs'
import { fromBinary, toBinary } from '@bufbuild/protobuf'
import { type GraphProto, type ModelProto, ModelProtoSchema, type NodeProto, type TensorProto } from 'onnx-buf'
import { expect, it } from 'vitest'
import { type Attribute, differentiate, Graph, GraphError, graph, readModel, tensor, writeModel } from '../src/index.js'

/** Every other file comes from a network with control flow: a Loop in a Loop, an If, and constants of which others are made. */
function withControlFlow(): Uint8Array {
  const node = (op: string, inputs: string[], outputs: string[], attributes: Record<string, Attribute> = {}) => ({
    op,
    domain: '',
    name: outputs[0]!,
    inputs,
    outputs,
    attributes,
  })
  const inner = (name: string, inputs: string[], nodes: ReturnType<typeof node>[], outputs: string[]): Attribute => {
    const ports = (names: string[]) => names.map((port) => ({ name: port, dtype: 'float32' as const }))
    const initializers = new Map([[`${name}.k`, tensor([0.5], [])]])
    return { type: 'graph', value: { name, nodes, initializers, inputs: ports(inputs), outputs: ports(outputs) } }
  }
  const g = graph('flow')
  const x = g.input('image', [1, 3, 8, 8])
  const weight = g.parameter(
    'w',
    tensor(
      Float32Array.from({ length: 36 }, (_, index) => Math.sin(index)),
      [3, 3, 2, 2],
    ),
  )
  g.parameter('turns', tensor([3], [], 'int64'))
  g.parameter('yes', { dtype: 'bool', shape: [], data: Uint8Array.of(1) })
  const even = weight.sub(weight.mean([1, 2, 3])).transpose([1, 0, 2, 3])
  const features = g.append(node('Identity', [x.conv(even).relu().name], ['features']))[0]!
  const deep = node('Loop', ['turns', '', 'v'], ['d'], {
    body: inner('deep', ['i2', 'on2', 'v2'], [node('Mul', ['v2', 'deep.k'], ['w2'])], ['on2', 'w2']),
  })
  const body = inner('body', ['i', 'on', 'v'], [deep, node('Add', ['d', 'body.k'], ['w1'])], ['on', 'w1'])
  g.append(node('Loop', ['turns', 'yes', features.name], ['looped'], { body }))
  const branch = (op: string) => inner(op, [], [node(op, ['looped'], [`${op}.y`])], [`${op}.y`])
  g.append(node('If', ['yes'], ['chosen'], { then_branch: branch('Exp'), else_branch: branch('Neg') }))
  const half = x.sizes([2]).div(g.constant([2], 'int64'))
  g.output('score', g.value('chosen').slice([2], [0], half).mean())
  return writeModel(g.model())
}

const originals = [readFileSync(new URL('../fixtures/network.onnx', import.meta.url)), withControlFlow()]
const files = Number(process.env['CUPEL_FUZZ'] ?? 400)

/** Numbers that repeat for a seed (mulberry32). */
function random(seed: number): (below: number) => number {
  let state = seed >>> 0
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * below)
  }
}

type Random = ReturnType<typeof random>
const odd = [0n, 1n, -1n, 3n, 127n, 2n ** 31n, 2n ** 40n, 2n ** 62n, -(2n ** 63n)]
const one = <T>(list: readonly T[], next: Random): T => list[next(list.length)]!

const changeTensor = (tensor: TensorProto, next: Random) =>
  one<() => void>(
    [
      () => {
        tensor.dims = tensor.dims.map((side) => (next(2) ? side : one(odd, next)))
      },
      () => {
        tensor.dims.push(one(odd, next))
      },
      () => {
        tensor.dataType = next(30)
      },
      () => {
        tensor.rawData = tensor.rawData.slice(0, next(tensor.rawData.length + 1))
      },
      () => {
        tensor.floatData = [Number.NaN, 1]
      },
      () => {
        tensor.dataLocation = 1
      },
      () => {
        tensor.name = ''
      },
    ],
    next,
  )()

const changeNode = (node: NodeProto, graph: GraphProto, next: Random) =>
  one<() => void>(
    [
      () => {
        node.opType = one(graph.node, next).opType
      },
      () => {
        node.domain = 'elsewhere'
      },
      () => {
        node.input = node.input.slice(1)
      },
      () => {
        node.input.push(one(graph.node, next).output[0] ?? '')
      },
      () => {
        node.input[0] = one(graph.initializer, next)?.name ?? 'nothing'
      },
      () => {
        node.output = []
      },
      () => {
        node.output.push(one(graph.node, next).output[0] ?? '')
      },
      () => {
        node.attribute = one(graph.node, next).attribute
      },
      () => {
        for (const attribute of node.attribute) attribute.ints = attribute.ints.map(() => one(odd, next))
      },
      () => {
        for (const attribute of node.attribute) attribute.i = one(odd, next)
      },
      () => {
        for (const attribute of node.attribute) attribute.type = next(16)
      },
      () => {
        for (const attribute of node.attribute) if (attribute.t) changeTensor(attribute.t, next)
      },
      () => {
        for (const { g: inside } of node.attribute)
          if (inside?.node.length) changeNode(one(inside.node, next), inside, next)
      },
      () => {
        for (const { g: inside } of node.attribute) inside?.node.push(...graph.node)
      },
    ],
    next,
  )()

const changeModel = (model: ModelProto, next: Random) => {
  const graph = model.graph!
  one<() => void>(
    [
      () => changeTensor(one(graph.initializer, next), next),
      () => changeNode(one(graph.node, next), graph, next),
      () => changeNode(one(graph.node, next), graph, next),
      () => changeNode(one(graph.node, next), graph, next),
      () => {
        graph.node.splice(next(graph.node.length), 1)
      },
      () => {
        graph.node.push(one(graph.node, next))
      },
      () => {
        graph.node.reverse()
      },
      () => {
        graph.initializer.splice(next(graph.initializer.length), 1)
      },
      () => {
        graph.input = []
      },
      () => {
        graph.output[0]!.name = 'nothing'
      },
      () => {
        for (const set of model.opsetImport) set.version = BigInt(next(24))
      },
      () => {
        model.opsetImport = []
      },
      () => {
        delete model.graph
      },
    ],
    next,
  )()
}

/** Every third file is changed in its bytes, the others in what they mean: those still are protobuf. */
function mutated(seed: number): Uint8Array {
  const next = random(seed)
  const original = originals[Math.floor(seed / 3) % originals.length]!
  if (seed % 3 === 0) {
    const bytes = new Uint8Array(original)
    if (next(4) === 0) return bytes.subarray(0, next(bytes.length))
    for (let times = 1 + next(8); times > 0; times--) bytes[next(bytes.length)] = next(256)
    return bytes
  }
  const model = fromBinary(ModelProtoSchema, original)
  for (let times = 1 + next(3); times > 0 && model.graph; times--) changeModel(model, next)
  return toBinary(ModelProtoSchema, model)
}

it(`reads ${files} damaged files to the end or refuses them with an error of its own`, { timeout: 600_000 }, () => {
  let decoded = 0
  let read = 0
  let differentiated = 0
  let longest = 0
  for (let seed = 0; seed < files; seed++) {
    const bytes = mutated(seed)
    const start = performance.now()
    try {
      const model = readModel(bytes)
      read++
      Graph.from(model)
      differentiate(model, { of: 'score', wrt: 'image', shapes: { image: [1, 3, 24, 24] } })
      differentiated++
    } catch (error) {
      if (!(error instanceof GraphError)) throw new Error(`seed ${seed}: ${(error as Error).stack}`)
      if (!/not an ONNX model/.test(error.message)) decoded++
      continue
    } finally {
      longest = Math.max(longest, performance.now() - start)
    }
    decoded++
  }
  expect(decoded).toBeGreaterThan(files / 2)
  expect(read).toBeGreaterThan(files / 4)
  expect(differentiated).toBeGreaterThan(files / 20)
  console.info(`${read} read, ${differentiated} differentiated, the longest in ${longest.toFixed(0)} ms`)
  expect(longest).toBeLessThan(5000)
})
