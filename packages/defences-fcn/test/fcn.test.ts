import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { imageOf, isUnavailable } from '@cupel/core'
import { conformance } from '@cupel/core/conformance'
import { parity, withoutWeights } from '@cupel/defence-parity'
import { describe, expect, test } from 'vitest'
import fcn from '../src/index.js'
import { fcnNetwork } from '../src/network.js'

const fixture = (name: string) => fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url))
const path = fixture('fcn_mse.pth')
const open = (options = {}) => fcn.open(options, { weights: async () => path })

describe('conformance', () => conformance(fcn, test, { weights: { fcn: path } }))

parity('random weights', open, JSON.parse(readFileSync(fixture('random.json'), 'utf8')), test)

test('it has 11,459 parameters', () => {
  const sizes = Object.values(fcnNetwork.shapes).map((shape) => shape.reduce((a, b) => a * b, 1))
  expect(sizes.reduce((a, b) => a + b, 0)).toBe(11_459)
})

test('above the stated size an image is refused, saying what to do', async () => {
  const image = imageOf(2049, 1024, (i) => ((i * 7) % 31) / 31)
  const refusal = await (await open()).purify(image).then(
    () => undefined,
    (error: unknown) => error,
  )
  expect(isUnavailable(refusal)).toBe(true)
  expect(String(refusal)).toMatch(/2,097,152 pixels, found 2049 x 1024.*large: 'tile'/)
})

test('without the file it says which, from where, and the command', async () => {
  expect(await withoutWeights(fcn)).toMatch(
    /fcn_mse\.pth.*drive\.google\.com.*cupel weights add PATH --as fcn_mse\.pth/,
  )
})

test('a file that is something else is refused by name', async () => {
  const other = { weights: async () => fixture('random.json') }
  await expect(fcn.open({}, other)).rejects.toThrow(/random\.json/)
})
