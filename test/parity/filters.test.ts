import { readFileSync } from 'node:fs'
import { createRandom, type Plugin } from '@cupel/core'
import { expect, test } from 'vitest'
import { picture } from './picture.js'

interface Case {
  readonly defence: string
  readonly options: Record<string, unknown>
  readonly reference: string
  readonly source: [number, number]
  readonly size: [number, number]
  readonly type: 'uint8' | 'float32'
  readonly values: string
  readonly tolerance: number
  readonly reason: string
}

const { cases, uniformOfSeed0 } = JSON.parse(readFileSync(new URL('filters.json', import.meta.url), 'utf8')) as {
  cases: Case[]
  uniformOfSeed0: number
}

/** Expected values in 0..1, and the tolerance in the same unit. */
function expected({ type, values, tolerance }: Case): { data: Float32Array; within: number } {
  const bytes = Buffer.from(values, 'base64')
  return type === 'uint8'
    ? { data: Float32Array.from(bytes, (value) => value / 255), within: (tolerance + 1e-4) / 255 }
    : { data: new Float32Array(new Uint8Array(bytes).buffer), within: tolerance }
}

test.each(cases.map((one) => [`${one.defence} ${JSON.stringify(one.options)} = ${one.reference}`, one] as const))(
  '%s',
  async (_, one) => {
    const { default: plugin } = (await import(`@cupel/defences-${one.defence}`)) as { default: Plugin<'defence'> }
    const purified = await plugin(one.options).purify(picture(...one.source))
    expect([purified.width, purified.height]).toEqual(one.size)
    const { data, within } = expected(one)
    let worst = 0
    for (let i = 0; i < data.length; i++) worst = Math.max(worst, Math.abs(data[i]! - purified.data[i]!))
    expect(worst).toBeLessThanOrEqual(within)
  },
)

test('the angle that was compared is the one that seed 0 draws', () => {
  expect(createRandom(0).uniform()).toBe(uniformOfSeed0)
})
