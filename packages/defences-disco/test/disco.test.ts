import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { conformance } from '@cupel/core/conformance'
import { parity, safetensors, seededWeights, temporary, withoutWeights } from '@cupel/defence-parity'
import { afterAll, describe, expect, test } from 'vitest'
import disco from '../src/index.js'
import { discoNetwork } from '../src/network.js'

const fixture = (name: string) => fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url))
const { file } = temporary(afterAll)
const open = (path: string) => disco.open({}, { weights: async () => path })

describe('conformance', () => conformance(disco, test, { weights: { network: fixture('disco.pth') } }))

parity(
  'random weights',
  () => open(fixture('disco.pth')),
  JSON.parse(readFileSync(fixture('random.json'), 'utf8')),
  test,
)

test('its tensors are those of LIIF over EDSR', () => {
  const { shapes } = discoNetwork({ width: 64, blocks: 16, hidden: [256, 256, 256, 256], cell: true })
  expect(Object.keys(shapes)).toHaveLength(2 + 16 * 4 + 2 + 10)
  expect(shapes['encoder.body.15.body.2.weight']).toEqual([64, 64, 3, 3])
  expect(shapes['encoder.body.16.bias']).toEqual([64])
  expect(shapes['imnet.layers.0.weight']).toEqual([256, 580])
  expect(shapes['imnet.layers.8.weight']).toEqual([3, 256])
})

test('a file that specifies no such network is refused by name', async () => {
  const bare = file('bare.pth', safetensors(seededWeights({ weight: [3, 3] })))
  await expect(open(bare)).rejects.toThrow(/bare\.pth.*there is no "model"/s)
  await expect(open(fixture('liif.pth'))).rejects.toThrow(/liif\.pth.*encoder: rdn, expected edsr-baseline/)
})

test('without the file it says which and the command that brings it', async () => {
  expect(await withoutWeights(disco)).toMatch(/cupel weights pull disco_pgd\.pth/)
})
