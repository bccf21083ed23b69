import { readFileSync } from 'node:fs'
import { fromBinary, toBinary } from '@bufbuild/protobuf'
import { type GraphProto, type ModelProto, ModelProtoSchema, type NodeProto, type TensorProto } from 'onnx-buf'
import { expect, it } from 'vitest'
import { Graph, GraphError, readModel } from '../src/index.js'

const original = readFileSync(new URL('../fixtures/network.onnx', import.meta.url))
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
  let longest = 0
  for (let seed = 0; seed < files; seed++) {
    const bytes = mutated(seed)
    const start = performance.now()
    try {
      const model = readModel(bytes)
      read++
      Graph.from(model)
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
  expect(longest).toBeLessThan(5000)
})
