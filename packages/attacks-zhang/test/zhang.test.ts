import { readFileSync } from 'node:fs'
import zhang from '@cupel/attacks-zhang'
import { createRandom } from '@cupel/core'
import { conformance } from '@cupel/core/conformance'
import { parity, type Recording, smallNetwork } from '@cupel/descent/parity'
import { picture, seededState } from '@cupel/metric-parity'
import { distsOf, distsShapes, lpipsOf, lpipsShapes } from '@cupel/perceptual'
import { describe, expect, test } from 'vitest'
import { attacked } from '../src/index.js'
import { fromDistance } from '../src/penalty.js'

const recording = (name: string): Recording =>
  JSON.parse(readFileSync(new URL(`../fixtures/${name}.json`, import.meta.url), 'utf8'))

describe('conformance', () => conformance(zhang, test))

parity('Zhang, SSIM', zhang(), recording('ssim'), 'change', test)

// As its authors have it, in fewer steps.
const original = { ...zhang.variants['zhang-original'], steps: 10 }
describe('conformance of the original', () => conformance(zhang, test, { options: original }))

// Held back less, so that ten steps get somewhere.
parity('Zhang, the original', zhang({ ...original, lambda: 50 }), recording('original'), 'change', test)

test('the squared change is refused a start at the image, where rounding errors would lead it', () => {
  expect(() => zhang({ change: 'squared' })).toThrow(/a start above 0 with change: 'squared'/)
  expect(() => zhang({ change: 'squared', start: '0/255' })).toThrow(/a start above 0/)
  for (const start of [1e-3, '1/255']) expect(zhang.parse({ change: 'squared', start }).change).toBe('squared')
  for (const variant of Object.values(zhang.variants)) zhang.parse(variant)
})

const positive = (state: ReturnType<typeof seededState>): ReturnType<typeof seededState> =>
  new Map([...state].map(([name, value]) => [name, { ...value, data: value.data.map(Math.abs) }]))

// Without the published files the distances are those of seeded networks.
test.each([
  [
    'lpips',
    () =>
      lpipsOf(
        'vgg',
        new Map([...seededState(lpipsShapes('vgg').backbone), ...positive(seededState(lpipsShapes('vgg').heads))]),
      ),
  ],
  ['dists', () => distsOf(new Map([...seededState(distsShapes.backbone), ...positive(seededState(distsShapes.mix))]))],
] as const)('%s holds the image near its source, the more the greater lambda', async (_, open) => {
  const distance = open()
  const [x, target] = [picture(51, 40), smallNetwork()]
  const context = { random: createRandom(0), signal: new AbortController().signal }
  const settings = { change: 'linear', start: 0, lr: 0.005, steps: 4 } as const
  const found: { score: number; D: number }[] = []
  for (const lambda of [0, 20]) {
    const image = await attacked(x, target, fromDistance(distance), { ...settings, lambda }, context)
    found.push({ score: await target.score(image), D: await distance.value(image, x) })
  }
  await distance.dispose()
  const before = await target.score(x)
  expect(found[0]!.score).toBeGreaterThan(found[1]!.score)
  expect(found[1]!.score).toBeGreaterThan(before)
  expect(found[1]!.D).toBeLessThan(0.9 * found[0]!.D)
})
