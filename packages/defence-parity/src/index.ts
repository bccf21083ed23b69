import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Defence } from '@cupel/core'
import { distance, picture, type SeededTensor, seededState } from '@cupel/metric-parity'

export { type Decibels, data, denoising, gaussian } from './denoising.js'
export { bytesInUse } from './memory.js'
export { withoutWeights } from './missing.js'

/** A regular sample of a long list: little-endian float32 in base64. */
interface Sample {
  readonly stride: number
  readonly values: string
}

/** What recording.py recorded. */
export interface Recording {
  readonly cases: readonly {
    readonly width: number
    readonly height: number
    readonly output: Sample
    readonly gradient: Sample
    /** Relative L2 distance of PyTorch's single-precision gradient from the double-precision one. */
    readonly single: number
  }[]
}

type State = ReadonlyMap<string, SeededTensor>
type Test = (name: string, body: () => Promise<void>, timeout?: number) => unknown

/** Weights that follow from names and shapes alone; those of two axes and more times `gain`, which keeps residual networks from growing. */
export const seededWeights = (shapes: Readonly<Record<string, readonly number[]>>, gain = 1): State =>
  new Map(
    [...seededState(shapes)].map(([name, { shape, data, dtype }]) => [
      name,
      { dtype, shape, data: shape.length > 1 ? data.map((value) => value * Math.fround(gain)) : data },
    ]),
  )

/** The bytes of a safetensors file with these tensors. */
export function safetensors(state: State): Buffer {
  let end = 0
  const entries = [...state].map(([name, { shape, data }]) => {
    const start = end
    end += data.byteLength
    return [name, { dtype: 'F32', shape, data_offsets: [start, end] }] as const
  })
  const text = JSON.stringify(Object.fromEntries(entries))
  const header = Buffer.from(text.padEnd(Math.ceil(text.length / 8) * 8))
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(header.length))
  const values = [...state.values()].map(({ data }) => Buffer.from(data.buffer, data.byteOffset, data.byteLength))
  return Buffer.concat([length, header, ...values])
}

/** A folder that is gone after the tests; `file(name, bytes)` puts a file there and gives its path. */
export function temporary(afterAll: (clean: () => void) => unknown) {
  const folder = mkdtempSync(join(tmpdir(), 'cupel-defence-'))
  afterAll(() => rmSync(folder, { recursive: true }))
  return {
    file(name: string, bytes: Uint8Array): string {
      const path = join(folder, name)
      writeFileSync(path, bytes)
      return path
    },
  }
}

/** What recording.py pulls back: numbers from -0.2 to 0.2. */
export const cotangent = (count: number): Float32Array => seededState({ cotangent: [count] }).get('cotangent')!.data

const sampled = ({ values }: Sample): Float32Array => {
  const bytes = Buffer.from(values, 'base64')
  return Float32Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readFloatLE(4 * i))
}

/**
 * Registers one test for each recorded image: the output equals PyTorch's double-precision one to 1e-4 everywhere, and the
 * pullback is at most twice as far from it as PyTorch's in single precision, plus 1e-3 (relative, in L2): a single ReLU that
 * rounding turns moves it by some 1e-4.
 *
 * @param open gives the defence; called once
 * @param test `test` of vitest
 */
export function parity(title: string, open: () => Defence | Promise<Defence>, { cases }: Recording, test: Test): void {
  let opened: Promise<Defence> | undefined
  for (const { width, height, output, gradient, single } of cases) {
    test(`${title}, ${width}x${height}: output and pullback are PyTorch's`, async () => {
      opened ??= Promise.resolve(open())
      const purified = await (await opened).purify(picture(width, height))
      const found = await purified.pullback!(cotangent(purified.data.length))
      const [values, slopes] = [sampled(output), sampled(gradient)]
      const apart = values.reduce(
        (most, value, i) => Math.max(most, Math.abs(value - purified.data[i * output.stride]!)),
        0,
      )
      const off = distance(
        slopes.map((_, i) => found.gradient[i * gradient.stride]!),
        slopes,
      )
      const problems = [
        apart <= 1e-4 ? '' : `the output is up to ${apart} away`,
        off <= 2 * single + 1e-3 ? '' : `the pullback is off by ${off}, PyTorch's float32 by ${single}`,
      ].filter(Boolean)
      if (problems.length > 0) throw new Error(problems.join('; '))
    })
  }
}
