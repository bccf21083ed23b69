import { imageOf } from '@cupel/core'
import { clauses, conformance } from '@cupel/core/conformance'
import { runtime } from '@cupel/tfjs'
import { describe, expect, test } from 'vitest'
import maxim from '../src/index.js'

const texture = imageOf(70, 50, (i) => 0.5 + 0.3 * Math.sin(0.11 * i))
const reason = await maxim.open().then(
  (opened) => opened.dispose?.(),
  (error: Error) => error,
)

describe.skipIf(reason)(reason ? `conformance (skipped: ${reason.message})` : 'conformance', () => {
  conformance(maxim, test)

  test('noise goes, the image stays', async () => {
    const noisy = { ...texture, data: texture.data.map((value, i) => value + 0.1 * Math.sin(i * i)) }
    const error = (data: Float32Array) => data.reduce((sum, value, i) => sum + (value - texture.data[i]!) ** 2, 0)
    expect(error((await maxim().purify(noisy)).data)).toBeLessThan(0.5 * error(noisy.data))
  })
})

test.skipIf(!reason)('where it cannot run it says what is missing and what to install', async () => {
  const { name } = await runtime()
  await expect(maxim().purify(texture)).rejects.toMatchObject({ name: 'Unavailable' })
  await expect(maxim().purify(texture)).rejects.toThrow(
    name === 'wasm' ? /native.*npm install @tensorflow/ : /maxim-denoising.*npm install/,
  )
})

test('its definition keeps to the contract wherever it runs', async () => {
  for (const { check } of clauses(maxim).slice(0, 4)) await check()
  expect(maxim.facts(maxim.parse())).toMatchObject({ random: false, changesSize: false, gradient: undefined })
})
