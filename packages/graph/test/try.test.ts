import { expect, it } from 'vitest'
import { network, tensor } from '../src/index.js'

it('works', async () => {
  const w = tensor(
    Float32Array.from({ length: 8 * 3 * 9 }, (_, i) => Math.sin(i * 1.7)),
    [8, 3, 3, 3],
  )
  const n = network((g, image) => {
    const mu = image.averagePool(3, { stride: 1, pad: 1 })
    const x = image.sub(mu).div(image.mul(image).mean([1]).add(1).sqrt())
    const y = x.conv(g.parameter('w', w), undefined, { pad: 1, stride: 2 }).relu().maxPool(2)
    return g.concat([y.max([2, 3]), y.min([2, 3])], 1).mean()
  })
  const data = Float32Array.from({ length: 3 * 13 * 17 }, (_, i) => 0.5 + 0.5 * Math.sin(i * i * 0.37))
  const image = { width: 17, height: 13, data }
  const { score, gradient } = await n.gradient(image)
  expect(await n.score(image)).toBeCloseTo(score, 5)
  const dir = Float32Array.from(data, (_, i) => Math.cos(i * 3.1))
  const at = (h: number) => n.score({ ...image, data: data.map((v, i) => v + h * dir[i]!) })
  const h = 1e-3
  const numeric = ((await at(h)) - (await at(-h))) / (2 * h)
  const exact = gradient.reduce((s, v, i) => s + v * dir[i]!, 0)
  console.log(numeric, exact)
  expect(exact).toBeCloseTo(numeric, 3)
})
