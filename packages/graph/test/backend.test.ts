import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fromBinary, toBinary } from '@bufbuild/protobuf'
import { ModelProtoSchema, TensorProtoSchema } from 'onnx-buf'
import { describe, expect, it } from 'vitest'
import { differentiate, type Model, open, readModel, type Tensor, tensor } from '../src/index.js'
import { readsOf } from '../src/model.js'
import { readTensor } from '../src/onnx/tensors.js'
import { operator } from '../src/operators/index.js'
import { exceptions } from './backend.exceptions.js'

// The ONNX project's own test models for single operators, as Debian's package libonnx-testdata installs them.
const folder = process.env['CUPEL_ONNX_TESTDATA'] ?? '/usr/share/libonnx-testdata/data'
const nodes = join(folder, 'node')
const present = existsSync(nodes)

if (!present) {
  describe('ONNX backend tests', () => {
    it.skip(`not run: there is no ${nodes} (install libonnx-testdata or set CUPEL_ONNX_TESTDATA)`)
  })
}

interface Loaded {
  readonly model: Model
  readonly bytes: Uint8Array
}

/** A model whose operators have not changed since its operator set was the newest is one of set 13 as well. */
function load(name: string): Loaded {
  const proto = fromBinary(ModelProtoSchema, readFileSync(join(nodes, name, 'model.onnx')))
  for (const set of proto.opsetImport) if (set.domain === '' && set.version < 13n) set.version = 13n
  const bytes = toBinary(ModelProtoSchema, proto)
  return { model: readModel(bytes), bytes }
}

function data(name: string, kind: 'input' | 'output'): Tensor[] {
  const set = join(nodes, name, 'test_data_set_0')
  const files = readdirSync(set).filter((file) => file.startsWith(kind))
  return files
    .map((_, index) => fromBinary(TensorProtoSchema, readFileSync(join(set, `${kind}_${index}.pb`))))
    .map((proto) => readTensor(proto, () => new Uint8Array()))
}

// Inputs that configure an operator: they have to be constants for a gradient to be formed.
const settings: Readonly<Record<string, readonly number[]>> = { Resize: [1, 2, 3], Dropout: [1, 2] }

/** The model with every input that is not a real number, or that configures an operator, made a constant. */
function bound(model: Model, feeds: Readonly<Record<string, Tensor>>): Model {
  const fixed = new Set(
    model.nodes.flatMap(({ op, inputs }) => (settings[op] ?? []).map((index) => inputs[index] ?? '')),
  )
  const free = model.inputs.filter((port) => isReal(port) && !fixed.has(port.name))
  const constants = model.inputs.filter((port) => !free.includes(port)).map(({ name }) => [name, feeds[name]!] as const)
  return { ...model, inputs: free, initializers: new Map([...model.initializers, ...constants]) }
}

const isReal = ({ dtype }: { dtype: string }) => dtype === 'float32' || dtype === 'float64'

/** Whether a real output, or this very one, is computed from that input. */
function reaches(model: Model, input: string, output?: string): boolean {
  const reached = new Set([input])
  for (const node of model.nodes) {
    if (readsOf(node).some((name) => reached.has(name))) for (const name of node.outputs) reached.add(name)
  }
  return model.outputs.some((port) => isReal(port) && reached.has(port.name) && (output ?? port.name) === port.name)
}

/** Whether every operator of a model has a rule, and a real output may depend on a real input. */
function eligible(name: string): boolean {
  try {
    const { model } = load(name)
    const ruled = model.nodes.every(({ op, domain }) => {
      const rule = operator(op, domain)
      return op === 'Constant' || op === 'If' || op === 'Loop' || rule?.gradient || rule?.expand
    })
    const inputs = data(name, 'input')
    const free = bound(model, Object.fromEntries(model.inputs.map((port, index) => [port.name, inputs[index]!]))).inputs
    return ruled && free.some(({ name: input }) => reaches(model, input))
  } catch {
    return false
  }
}

const wave = (index: number, phase: number) => Math.sin(12.9898 * (index + 1) + phase)
const asNumbers = ({ data: values }: Tensor) => Array.from(values as ArrayLike<number>, Number)

async function check(name: string): Promise<void> {
  const { model: loaded, bytes } = load(name)
  const inputs = data(name, 'input')
  const feeds = Object.fromEntries(loaded.inputs.map((port, index) => [port.name, inputs[index]!]))
  const model = bound(loaded, feeds)
  const shapes = Object.fromEntries(model.inputs.map((port) => [port.name, feeds[port.name]!.shape]))
  const original = await open(bytes)
  const expected = await original.run(feeds)
  const outputs = model.outputs.filter(isReal).map((port) => port.name)
  const reals = model.inputs.map((port) => port.name)
  const of = outputs.filter((output) => reals.some((input) => reaches(model, input, output)))
  const wrt = reals.filter((input) => of.some((output) => reaches(model, input, output)))
  expect(wrt.length).toBeGreaterThan(0)
  const seeds = Object.fromEntries(
    of.map((output) => {
      const { shape, dtype, data: values } = expected[output]!
      return [
        `seed_${output}`,
        tensor(
          Array.from({ length: values.length }, (_, at) => wave(at, 0.3)),
          shape,
          dtype,
        ),
      ]
    }),
  )
  const session = await open(differentiate(model, { of, wrt, seed: true, shapes }))
  const direction = (length: number, at: number) => wave(at, length)
  const moved = (by: number, from: Readonly<Record<string, Tensor>>) => {
    const entries = wrt.map((input) => {
      const { data: values, shape, dtype } = from[input]!
      const along = Array.from(values as ArrayLike<number>, (value, at) => value + by * direction(values.length, at))
      return [input, tensor(along, shape, dtype)]
    })
    return { ...from, ...Object.fromEntries(entries) }
  }
  /** How far the differences at a point are from the gradient there, beside what would be too far. */
  const gap = async (point: Readonly<Record<string, Tensor>>) => {
    const results = await session.run({ ...pick(point, reals), ...seeds })
    const total = async (by: number) => {
      const found = await original.run(moved(by, point))
      return of.reduce((sum, output) => sum + dot(asNumbers(found[output]!), asNumbers(seeds[`seed_${output}`]!)), 0)
    }
    const gradients = wrt.map((input) => asNumbers(results[`grad_${input}`]!))
    const exact = gradients.reduce(
      (sum, gradient) =>
        sum +
        dot(
          gradient,
          gradient.map((_, at) => direction(gradient.length, at)),
        ),
      0,
    )
    const norm = Math.sqrt(gradients.reduce((sum, gradient) => sum + dot(gradient, gradient), 0))
    const gaps: number[] = []
    for (const step of [2 ** -3, 2 ** -6, 2 ** -9, 2 ** -12]) {
      gaps.push(Math.abs(((await total(step)) - (await total(-step))) / (2 * step) - exact))
    }
    return {
      exact,
      gap: Math.min(...gaps.filter(Number.isFinite)),
      most: 5e-3 * Math.max(1, Math.abs(exact), norm),
      results,
    }
  }
  const first = await gap(feeds)
  for (const { name: output } of model.outputs) {
    const [found, wanted] = [asNumbers(first.results[output]!), asNumbers(expected[output]!)]
    wanted.forEach((value, at) => {
      if (Number.isNaN(value)) expect(found[at]).toBeNaN()
      else if (Number.isFinite(value))
        expect(Math.abs(found[at]! - value)).toBeLessThan(1e-4 * Math.max(1, Math.abs(value)))
    })
  }
  // Some examples sit on a kink (Relu at 0): there a point beside it is looked at.
  const { exact, gap: off, most } = first.gap <= first.most ? first : await gap(moved(0.0137, feeds))
  await Promise.all([original.dispose(), session.dispose()])
  expect(off, `derivative ${exact}`).toBeLessThanOrEqual(most)
}

const dot = (a: readonly number[], b: readonly number[]) => a.reduce((sum, value, at) => sum + value * b[at]!, 0)
const pick = (from: Readonly<Record<string, Tensor>>, names: readonly string[]) =>
  Object.fromEntries(names.map((name) => [name, from[name]!]))

if (present) {
  const names = readdirSync(nodes).filter(eligible)
  describe(`ONNX backend tests: the ${names.length} node models that have rules`, () => {
    it.each(names.filter((name) => !exceptions.has(name)))('%s', check)

    it('are at least 95 % of them, and the rest are listed with a reason', () => {
      const listed = names.filter((name) => exceptions.has(name))
      expect(names.length).toBeGreaterThan(300)
      expect(listed.length / names.length).toBeLessThan(0.05)
      expect([...exceptions.keys()].filter((name) => !names.includes(name))).toEqual([])
    })
  })
}
