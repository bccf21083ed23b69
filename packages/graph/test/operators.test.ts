import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import {
  type AttributeValue,
  type DType,
  differentiate,
  graph,
  type Model,
  open,
  type Tensor,
  tensor,
} from '../src/index.js'

interface Held {
  readonly dtype: DType
  readonly shape: readonly number[]
  readonly data: readonly (number | string)[]
}

interface Case {
  readonly title: string
  readonly op: string
  readonly attributes: Readonly<Record<string, AttributeValue>>
  readonly inputs: readonly (Held | null)[]
  readonly wrt: readonly number[]
  readonly kink: boolean
  readonly outputs: number
  readonly tolerance?: number
  readonly y: readonly number[]
  readonly shape: readonly number[]
  readonly seed: readonly number[]
  readonly gradients: readonly (readonly (number | string)[] | null)[]
}

// Made by fixtures/operators.py with PyTorch in float64.
const cases: readonly Case[] = JSON.parse(readFileSync(new URL('../fixtures/operators.json', import.meta.url), 'utf8'))

const held = ({ data, shape, dtype }: Held) => tensor(data.map(Number), shape, dtype)
const nameOf = (index: number) => `x${index}`

/** The model of one operator: what is differentiated is an input, the rest are constants. */
function modelOf({ op, attributes, inputs, wrt, outputs }: Case): Model {
  const g = graph(op)
  const values = inputs.map((input, index) => {
    if (!input) return undefined
    return wrt.includes(index) ? g.input(nameOf(index), input.shape) : g.constant(held(input))
  })
  g.output('y', g.ops(op, values, attributes, outputs)[0]!)
  return g.model()
}

const feedsOf = ({ inputs, wrt }: Case): Record<string, Tensor> =>
  Object.fromEntries(wrt.map((index) => [nameOf(index), held(inputs[index]!)]))

function close(actual: Tensor, expected: readonly (number | string)[], tolerance = 2e-5): void {
  const scale = Math.max(1, ...expected.map((value) => (Number.isFinite(Number(value)) ? Math.abs(Number(value)) : 1)))
  expect(actual.data.length).toBe(expected.length)
  expected.forEach((value, index) => {
    const found = Number(actual.data[index])
    if (!(Math.abs(found - Number(value)) <= tolerance * scale) && !Object.is(found, Number(value))) {
      expect.fail(
        `element ${index}: ${found}, expected ${value} (of ${Array.from(actual.data as Float32Array).slice(0, 12)} vs ${expected.slice(0, 12)})`,
      )
    }
  })
}

describe.each(cases)('$title', (item) => {
  const { wrt, gradients, seed, shape, kink, tolerance } = item
  const names = wrt.map(nameOf)

  it('has the value and the gradient that PyTorch has in float64', async () => {
    const session = await open(differentiate(modelOf(item), { of: 'y', wrt: names, seed: true }))
    const results = await session.run({ ...feedsOf(item), seed_y: tensor(seed, shape) })
    await session.dispose()
    expect(results['y']!.shape).toEqual(shape)
    close(results['y']!, item.y, tolerance)
    for (const index of wrt) {
      expect(results[`grad_${nameOf(index)}`]!.shape).toEqual(item.inputs[index]!.shape)
      close(results[`grad_${nameOf(index)}`]!, gradients[index]!, tolerance)
    }
  })

  // Central differences say nothing at a kink: those cases are about the choice there.
  if (kink) return
  it('changes along a random direction as its gradient says', async () => {
    const session = await open(modelOf(item))
    const feeds = feedsOf(item)
    const step = 2 ** -9
    // A direction for all inputs together, correlated with the gradient so that the derivative is far from zero.
    const directions = new Map(
      wrt.map((index) => {
        const gradient = gradients[index]!.map(Number)
        const largest = Math.max(...gradient.map(Math.abs), 1e-9)
        return [
          nameOf(index),
          gradient.map((value, at) => (0.75 * value) / largest + 0.25 * Math.sin(7 * at + 3 * index + 1)),
        ]
      }),
    )
    const at = async (by: number) => {
      const moved = Object.entries(feeds).map(([name, { data, shape: sides }]) => {
        const direction = directions.get(name)!
        return [
          name,
          tensor(
            Float32Array.from(data as Float32Array, (value, place) => value + by * direction[place]!),
            sides,
          ),
        ]
      })
      const { y } = await session.run(Object.fromEntries(moved))
      return seed.reduce((sum, weight, place) => sum + weight * Number(y!.data[place]), 0)
    }
    const numeric = ((await at(step)) - (await at(-step))) / (2 * step)
    await session.dispose()
    const exact = wrt.reduce(
      (sum, index) =>
        sum +
        gradients[index]!.reduce<number>(
          (part, value, place) => part + Number(value) * directions.get(nameOf(index))![place]!,
          0,
        ),
      0,
    )
    expect(Math.abs(exact)).toBeGreaterThan(1e-2)
    expect(Math.abs(numeric - exact)).toBeLessThan(2e-3 * Math.max(1, Math.abs(exact)))
  })
})
