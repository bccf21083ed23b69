import { readFileSync } from 'node:fs'
import korhonen from '@cupel/attacks-korhonen'
import { imageOf } from '@cupel/core'
import { conformance } from '@cupel/core/conformance'
import { parity, type Recording, smallNetwork } from '@cupel/descent/parity'
import { describe, expect, test } from 'vitest'
import { activityMap } from '../src/activity.js'

const recording = (name: string): Recording =>
  JSON.parse(readFileSync(new URL(`../fixtures/${name}.json`, import.meta.url), 'utf8'))

describe('conformance', () => conformance(korhonen, test))

parity('Korhonen', korhonen(), recording('default'), 'change', test)
parity('Korhonen, signed', korhonen(korhonen.variants['korhonen-signed']), recording('signed'), 'change', test)
// So far that values come back from 0 and 1.
const far = { ...korhonen.variants['korhonen-normalised'], lr: 0.05 }
parity('Korhonen, normalised', korhonen(far), recording('normalised'), 'change', test)

describe('the activity map', () => {
  test('is one everywhere on a flat image', () => {
    const flat = activityMap(
      imageOf(9, 7, () => 0.3),
      'magnitude',
    )
    expect([...new Set(flat)]).toEqual([Math.fround(1 / 255)])
  })
  test('spreads an edge by two pixels and is nothing beyond', () => {
    const edge = imageOf(20, 12, (i) => (i % 20 < 10 ? 0.2 : 0.8))
    const row = activityMap(edge, 'magnitude').slice(6 * 20, 7 * 20)
    expect([...row].map((value) => Math.round(value * 255))).toEqual([
      0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0,
    ])
  })
})

test('where the map is 0 nothing moves', async () => {
  const edge = imageOf(20, 12, (i) => (i % 20 < 10 ? 0.2 : 0.8))
  const attacked = await korhonen().run(edge, smallNetwork())
  const moved = attacked.data.map((value, i) => Number(value !== edge.data[i]))
  for (const [i, yes] of moved.entries()) expect(yes).toBe(Number(Math.abs((i % 20) - 9.5) < 3))
})
