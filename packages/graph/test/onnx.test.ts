import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import { ModelProtoSchema, StringStringEntryProtoSchema } from 'onnx-buf'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  differentiate,
  GraphError,
  graph,
  type Model,
  open,
  readModel,
  saveModel,
  tensor,
  writeModel,
} from '../src/index.js'

const folder = mkdtempSync(join(tmpdir(), 'cupel-onnx-'))
afterAll(() => rmSync(folder, { recursive: true }))

function sample(): Model {
  const g = graph('sample')
  const x = g.input('x', ['batch', 2, 5, 5])
  const weight = g.parameter(
    'weight',
    tensor(
      Float32Array.from({ length: 4 * 2 * 9 * 40 }, (_, index) => Math.sin(index)),
      [160, 2, 3, 3],
    ),
  )
  const parts = g.ops(
    'Split',
    [x.conv(weight, undefined, { pad: 1 }).op('LeakyRelu', [], { alpha: 0.25 })],
    { axis: 1, num_outputs: 2 },
    2,
  )
  g.output('y', parts[0]!.sub(parts[1]!).mean())
  return g.model()
}

const refusal = (action: () => unknown): GraphError => {
  try {
    action()
  } catch (error) {
    if (error instanceof GraphError) return error
    throw error
  }
  throw new Error('nothing was thrown')
}

const x = tensor(
  Float32Array.from({ length: 100 }, (_, index) => Math.cos(index)),
  [2, 2, 5, 5],
)

describe('reading and writing', () => {
  it('gives back the model that was written', () => {
    const model = sample()
    const again = readModel(writeModel(model))
    expect(again.nodes).toEqual(model.nodes)
    expect(again.inputs).toEqual(model.inputs)
    expect([...again.initializers]).toEqual([...model.initializers])
  })

  it('keeps every kind of attribute and dtype', () => {
    const g = graph()
    const held = [
      tensor([1.5, -2], [2], 'float16'),
      tensor([1, 2], [2], 'int64'),
      tensor([0.5, 3], [2], 'float64'),
      tensor([1, 0], [2], 'bool'),
    ]
    for (const [index, value] of held.entries()) g.parameter(`p${index}`, value)
    g.op('Custom', [g.value('p0')], { alpha: 1, axis: 1, mode: 'a', perm: [1, 0], names: ['b', 'c'], value: held[2]! })
    const again = readModel(writeModel(g.model()))
    expect(again.nodes[0]!.attributes).toEqual(g.model().nodes[0]!.attributes)
    expect([...again.initializers.values()]).toEqual(held)
  })

  it('keeps large tensors beside the model and runs it by its path', async () => {
    const path = join(folder, 'sample.onnx')
    const model = sample()
    saveModel(model, path)
    expect(readFileSync(path).byteLength).toBeLessThan(4096)
    expect([...readModel(path).initializers]).toEqual([...model.initializers])
    const [inside, beside] = [await open(model), await open(path)]
    expect(await beside.run({ x })).toEqual(await inside.run({ x }))
    await Promise.all([inside.dispose(), beside.dispose()])
  })

  it('reads tensors whose elements are listed one by one', () => {
    const proto = fromBinary(ModelProtoSchema, writeModel(sample()))
    const [weight] = proto.graph!.initializer
    weight!.floatData = [...new Float32Array(weight!.rawData.slice().buffer)]
    weight!.rawData = new Uint8Array()
    expect([...readModel(toBinary(ModelProtoSchema, proto)).initializers]).toEqual([...sample().initializers])
  })
})

describe('what cannot be read', () => {
  it.each([
    ['an empty file', new Uint8Array(), 'corrupt'],
    ['text', new TextEncoder().encode('this is no model'), 'corrupt'],
    ['half a model', writeModel(sample()).subarray(0, 5000), 'corrupt'],
  ] as const)('%s', (_, bytes, kind) => {
    expect(refusal(() => readModel(bytes)).kind).toBe(kind)
  })

  it('a file that is not there', () => {
    expect(refusal(() => readModel(join(folder, 'nothing.onnx'))).kind).toBe('missing')
  })

  it.each([8, 12, 21, 99])('operator set %i', (version) => {
    const proto = fromBinary(ModelProtoSchema, writeModel(sample()))
    proto.opsetImport[0]!.version = BigInt(version)
    const error = refusal(() => readModel(toBinary(ModelProtoSchema, proto)))
    expect(error.kind).toBe('unsupported')
    expect(error.message).toMatch(new RegExp(`set ${version}, supported are 13 to 20`))
  })

  it('a tensor with fewer bytes than its shape needs', () => {
    const proto = fromBinary(ModelProtoSchema, writeModel(sample()))
    proto.graph!.initializer[0]!.dims[0] = 2n ** 40n
    expect(refusal(() => readModel(toBinary(ModelProtoSchema, proto))).message).toMatch(/"weight".*elements instead of/)
  })

  describe('external data', () => {
    const path = join(folder, 'inner', 'model.onnx')
    beforeAll(() => {
      mkdirSync(join(folder, 'inner'))
      saveModel(sample(), path)
      writeFileSync(join(folder, 'outside.bin'), new Uint8Array(1 << 20))
      symlinkSync(join(folder, 'outside.bin'), join(folder, 'inner', 'link.bin'))
    })

    const asking = (entries: Record<string, string>) => {
      const proto = fromBinary(ModelProtoSchema, readFileSync(path))
      const { initializer } = proto.graph!
      const held = new Map(initializer[0]!.externalData.map(({ key, value }) => [key, value]))
      const changed = Object.entries({ ...Object.fromEntries(held), ...entries })
      initializer[0]!.externalData = changed.map(([key, value]) => create(StringStringEntryProtoSchema, { key, value }))
      const changedPath = join(folder, 'inner', 'changed.onnx')
      writeFileSync(changedPath, toBinary(ModelProtoSchema, proto))
      return refusal(() => readModel(changedPath))
    }

    it.each(['../outside.bin', '/etc/passwd', 'link.bin', 'x/../../outside.bin', '..', '.'])(
      'at %s is refused',
      (location) => {
        expect(asking({ location }).kind).toBe('refused')
      },
    )

    it('that is not there is missing', () => {
      expect(asking({ location: 'gone.bin' }).kind).toBe('missing')
    })

    it.each([
      { offset: '999999999' },
      { offset: '-4' },
      { offset: '1e3x' },
      { length: '12' },
      { offset: '9007199254740993' },
    ])('with %o is corrupt', (entries) => {
      expect(asking(entries).kind).toBe('corrupt')
    })

    it('that was truncated is corrupt', () => {
      truncateSync(`${path}.data`, 100)
      expect(refusal(() => readModel(path)).message).toMatch(/truncated/)
    })

    it('cannot be found from bytes', () => {
      expect(refusal(() => readModel(readFileSync(path))).message).toMatch(/by its path/)
    })
  })

  it('a node that reads what nothing makes', () => {
    const model = sample()
    const [first, ...rest] = model.nodes
    expect(refusal(() => differentiate({ ...model, nodes: [...rest, first!] }, { of: 'y', wrt: 'x' })).message).toMatch(
      /which nothing before it makes/,
    )
  })
})

describe('running', () => {
  it('says what is wrong with the inputs', async () => {
    const session = await open(sample())
    await expect(session.run({})).rejects.toMatchObject({
      kind: 'usage',
      message: expect.stringMatching(/"x" is missing/),
    })
    await expect(session.run({ x, z: x })).rejects.toMatchObject({
      kind: 'usage',
      message: expect.stringMatching(/"z" is unknown/),
    })
    await expect(session.run({ x: { ...x, shape: [3] } })).rejects.toMatchObject({ kind: 'shape' })
    await expect(session.run({ x: tensor(new Float32Array(75), [1, 3, 5, 5]) })).rejects.toMatchObject({
      kind: 'shape',
    })
    await session.dispose()
  })

  it('refuses bytes that are no model', async () => {
    await expect(open(new Uint8Array(100))).rejects.toMatchObject({ kind: 'corrupt' })
    await expect(open(join(folder, 'nothing.onnx'))).rejects.toMatchObject({ kind: 'missing' })
  })

  it.each(['cuda', 'webgpu', 'abacus'] as const)(
    'never computes elsewhere when %s is asked for and not there',
    async (device) => {
      const session = await open(sample(), { device: device as 'cuda' }).catch((error: GraphError) => error)
      if (session instanceof Error) {
        expect(session).toMatchObject({ kind: 'missing', message: expect.stringContaining(device) })
      } else {
        const { y } = await session.run({ x }) // this machine has one: then it has to work
        expect(Number(y!.data[0])).toBeTypeOf('number')
        await session.dispose()
      }
    },
  )

  it('repeats itself to the byte, in one session and in another', async () => {
    const model = differentiate(sample(), { of: 'y', wrt: 'x', shapes: { x: [2, 2, 5, 5] } })
    const [one, other] = [await open(model), await open(model)]
    const results = [await one.run({ x }), await one.run({ x }), await other.run({ x })]
    expect(results[1]).toEqual(results[0])
    expect(results[2]).toEqual(results[0])
    await Promise.all([one.dispose(), other.dispose()])
  })
})
