import { createHash } from 'node:crypto'
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { conformance } from '@cupel/core/conformance'
import { noise, parity, type Recording } from '@cupel/metric-parity'
import onnx from '@cupel/metrics-onnx'
import { afterAll, describe, expect, test } from 'vitest'

const fixture = (name: string) => fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url))
const recording = (name: string): Recording => JSON.parse(readFileSync(fixture(name), 'utf8'))

/** As the network of fixtures/make.py was fed. */
const triple = (...values: [number, number, number]) => values
const caffe = {
  channels: 'bgr' as const,
  scale: 255,
  mean: triple(104, 117, 123),
  deviation: triple(58, 57, 57.5),
}
const tiny = { file: fixture('tiny.onnx'), ...caffe, range: [-10, 10] as [number, number], minimumSize: 8 }
const square = { ...tiny, file: fixture('square.onnx'), size: [32, 32] as [number, number], index: 1 }

describe('conformance', () => conformance(onnx, test, { options: tiny, weights: { model: tiny.file } }))

describe('a network exported from PyTorch', () => {
  parity('of any size', () => onnx(tiny), recording('tiny.json'), test, { image: noise })
  parity('of 32x32 only', () => onnx(square), recording('square.json'), test, { image: noise })
})

const folder = mkdtempSync(join(tmpdir(), 'cupel-onnx-'))
afterAll(() => rmSync(folder, { recursive: true }))

test('what it is changes with the content of its file', () => {
  const file = join(folder, 'mine.onnx')
  const factsOf = () => onnx.facts(onnx.parse({ file })).weights['model']!
  expect(factsOf()).toMatchObject({ file, instructions: expect.stringContaining('option "file"') })
  expect(factsOf().sha256).toBeUndefined()
  copyFileSync(tiny.file, file)
  const first = factsOf().sha256
  expect(first).toBe(createHash('sha256').update(readFileSync(tiny.file)).digest('hex'))
  copyFileSync(square.file, file)
  expect(factsOf().sha256).not.toBe(first)
})

test('its direction and range are those of the options', () => {
  expect(onnx.facts(onnx.parse({ better: 'lower', range: [0, 100] }))).toMatchObject({
    better: 'lower',
    range: [0, 100],
  })
  expect(() => onnx.parse({ range: [1, 1] })).toThrow(/range.*low < high/)
})

test('the shorter side can be given, and scores agree with the gradient', async () => {
  const metric = onnx({ ...tiny, size: 40 })
  const { score, gradient } = await metric.gradient!(noise(60, 50))
  expect(gradient).toHaveLength(3 * 60 * 50)
  expect(Math.abs((await metric.score(noise(60, 50))) / score - 1)).toBeLessThan(1e-5)
  await metric.dispose?.()
})

const refused: [string, Record<string, unknown>, RegExp][] = [
  ['a file that is not there', { ...tiny, file: '/nowhere/model.onnx' }, /\/nowhere\/model\.onnx.*option "file"/],
  ['an output that is not there', { ...tiny, output: 'score' }, /no output "score", it has quality/],
  ['a size that the model does not take', { ...square, size: 'native' }, /32 rows of 32 only.*set it to \[32,32\]/],
  ['another file than the one that is meant', { ...tiny, sha256: '0'.repeat(64) }, /SHA-256 .* expected 0{64}/],
]
test.each(refused)('%s is refused', async (_, options, message) => {
  await expect(onnx.open(options)).rejects.toThrow(message)
})

test('what is no model is refused', async () => {
  const file = join(folder, 'page.onnx')
  writeFileSync(file, '<!doctype html><title>Sign in</title>')
  await expect(onnx.open({ file })).rejects.toThrow(/page\.onnx/)
})
