import { readFileSync } from 'node:fs'
import { adaptiveAveragePool, resized, shorterSide } from '@cupel/backbones'
import { graph, open, pixels, type Value } from '@cupel/graph'
import { noise } from '@cupel/metric-parity'
import { expect, test } from 'vitest'

const cases: { kind: 'resized' | 'pool'; sides: [number, number]; values: number[] }[] = JSON.parse(
  readFileSync(new URL('../fixtures/resample.json', import.meta.url), 'utf8'),
)
const image = noise(23, 17)

async function run(sides: readonly (number | string)[], build: (x: Value) => Value) {
  const g = graph()
  g.output('y', build(g.input('x', [1, 3, ...sides])))
  const session = await open(g.model())
  const { y } = await session.run({ x: pixels(image) })
  await session.dispose()
  return y!
}

// Once with the sides known when the graph is built, once not.
test.each(
  cases.flatMap((one) =>
    [
      [17, 23],
      ['height', 'width'],
    ].map((sides) => ({ ...one, input: sides })),
  ),
)('$kind from $input to $sides is that of PyTorch', async ({ kind, sides, values, input }) => {
  const { data } = await run(input, (x) => (kind === 'pool' ? adaptiveAveragePool(x, sides) : resized(x, sides)))
  const worst = Math.max(...values.map((value, i) => Math.abs((data[7 * i] as number) - value)))
  expect(worst).toBeLessThan(2e-6)
})

test('the shorter side becomes what is asked for, the longer is cut off to whole pixels', async () => {
  expect((await run(['h', 'w'], (x) => resized(x, shorterSide(x, 30)))).shape).toEqual([1, 3, 30, 40])
  expect((await run([17, 23], (x) => resized(x, shorterSide(x, 9)))).shape).toEqual([1, 3, 9, 12])
})
