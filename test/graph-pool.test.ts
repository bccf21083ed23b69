import { afterAll, beforeAll, expect, test } from 'vitest'
// The built package: workers are threads of their own, which load JavaScript.
import { GraphError, graph, open, openPool, type Session, tensor } from '../packages/graph/dist/index.js'

/** A few convolutions, enough work for a run to take tens of milliseconds. */
function model() {
  const g = graph('work')
  let x = g.input('image', [1, 3, 160, 160])
  const random = Float32Array.from({ length: 32 * 32 * 9 }, (_, i) => Math.sin(i * 12.9898) * 0.1)
  x = x.conv(g.constant(tensor(random.slice(0, 32 * 3 * 9), [32, 3, 3, 3])), undefined, { pad: 1 }).relu()
  for (let i = 0; i < 8; i++) x = x.conv(g.constant(tensor(random, [32, 32, 3, 3])), undefined, { pad: 1 }).relu()
  g.output('mean', x.mean())
  return g.model()
}
const feed = (seed: number) => ({
  image: tensor(
    Float32Array.from({ length: 3 * 160 * 160 }, (_, i) => Math.abs(Math.sin(i * 0.01 + seed))),
    [1, 3, 160, 160],
  ),
})

let pool: Session
beforeAll(async () => {
  pool = await openPool(model(), { workers: 2 })
})
afterAll(() => pool.dispose())

test('gives what a single session gives, in whichever order it is asked', async () => {
  const session = await open(model())
  const seeds = [1, 2, 3, 4, 5, 6]
  const pooled = await Promise.all(seeds.map((seed) => pool.run(feed(seed))))
  for (const [i, seed] of seeds.entries())
    expect(pooled[i]!.mean!.data).toEqual((await session.run(feed(seed))).mean!.data)
  await session.dispose()
  expect([pool.inputs, pool.outputs]).toEqual([['image'], ['mean']])
})

test('leaves the calling thread free while the model runs', async () => {
  const runs = Promise.all([1, 2, 3, 4, 5, 6, 7, 8].map((seed) => pool.run(feed(seed))))
  let turns = 0
  let running = true
  const turn = (): void => {
    turns++
    if (running) setTimeout(turn, 1)
  }
  turn()
  await runs
  running = false
  expect(turns).toBeGreaterThan(8)
})

test('a mistake is the error of a session, and the pool goes on', async () => {
  await expect(pool.run({ picture: feed(1).image })).rejects.toThrow(GraphError)
  await expect(pool.run({ picture: feed(1).image })).rejects.toMatchObject({ kind: 'usage' })
  expect((await pool.run(feed(1))).mean!.data).toHaveLength(1)
})

test('a model that is not there, and one that is none', async () => {
  await expect(openPool('nowhere.onnx')).rejects.toMatchObject({ kind: 'missing' })
  await expect(openPool(new Uint8Array(40).fill(7), { workers: 1 })).rejects.toMatchObject({ kind: 'corrupt' })
})
