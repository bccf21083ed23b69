import { createHash } from 'node:crypto'
import {
  CupelError,
  checkImage,
  clamped,
  digest,
  fromBytes,
  type Image,
  imageOf,
  quantised,
  toBytes,
} from '@cupel/core'
import { describe, expect, test } from 'vitest'

describe('checkImage', () => {
  const good = imageOf(3, 2, (i) => i / 17)
  const withValue = (index: number, value: number): Image => ({
    ...good,
    data: good.data.map((old, i) => (i === index ? value : old)),
  })

  test('gives back a good image', () => {
    expect(checkImage(good)).toBe(good)
  })

  const bad: [string, unknown, string][] = [
    ['nothing', undefined, 'output of x: sides must be whole numbers of at least 1, found undefined x undefined'],
    ['half a pixel', { ...good, width: 1.5 }, 'found 1.5 x 2'],
    ['no rows', { ...good, height: 0 }, 'found 3 x 0'],
    [
      'bytes',
      { ...good, data: new Uint8Array(18) },
      'expected a Float32Array of 3 x 2 x 3 = 18 values, found [object Uint8Array]',
    ],
    ['one plane', { ...good, data: new Float32Array(6) }, 'found 6 values'],
    ['NaN', withValue(16, Number.NaN), 'output of x: NaN at channel B, row 1, column 1 is not within 0..1'],
    ['infinity', withValue(0, Infinity), 'Infinity at channel R, row 0, column 0'],
    ['less than 0', withValue(8, -0.5), '-0.5 at channel G, row 0, column 2'],
    ['more than 1', withValue(9, 1.5), '1.5 at channel G, row 1, column 0'],
  ]
  test.each(bad)('refuses %s', (_, image, message) => {
    expect(() => checkImage(image as Image, 'output of x')).toThrow(CupelError)
    expect(() => checkImage(image as Image, 'output of x')).toThrow(message)
  })
})

describe('8 bits', () => {
  test('every byte survives, planes and interleaving agree', () => {
    const bytes = Uint8Array.from({ length: 3 * 16 * 16 }, (_, i) => (i * 7) % 256)
    const image = fromBytes(16, 16, bytes)
    expect(image.data[0]).toBe(Math.fround(bytes[0]! / 255))
    expect(image.data[256 + 5]).toBe(Math.fround(bytes[3 * 5 + 1]! / 255))
    expect([...toBytes(image)]).toEqual([...bytes])
    expect(quantised(image).data).toEqual(image.data)
  })

  test('rounds to nearest and never truncates, clamps what lies outside', () => {
    const image = imageOf(2, 1, (i) => [0.49 / 255, 0.51 / 255, 254.4 / 255, 254.6 / 255, -3, 4][i]!)
    expect([...toBytes(image)]).toEqual([0, 254, 0, 1, 255, 255])
  })

  test('refuses another number of bytes', () => {
    expect(() => fromBytes(2, 2, new Uint8Array(4))).toThrow('expected 3 x 2 x 2 = 12 bytes of RGB, found 4')
  })
})

test('clamped brings values into 0..1, leaves its input alone and keeps NaN to be found', () => {
  const image = imageOf(1, 1, (i) => [-1, Number.NaN, 2][i]!)
  expect([...clamped(image).data]).toEqual([0, Number.NaN, 1])
  expect([...image.data]).toEqual([-1, Number.NaN, 2])
})

describe('digest', () => {
  const image = imageOf(2, 3, (i) => i / 20)

  test('is SHA-256 of the sides and the float values, also of a view into a larger buffer', () => {
    const bytes = Buffer.alloc(18 * 4)
    for (let i = 0; i < 18; i++) bytes.writeFloatLE(i / 20, 4 * i)
    const expected = createHash('sha256').update('2x3:').update(bytes).digest('hex')
    expect(digest(image)).toBe(expected)
    const larger = new Float32Array(30)
    larger.set(image.data, 7)
    expect(digest({ ...image, data: larger.subarray(7, 25) })).toBe(expected)
  })

  test('tells sides and the last bit of a value apart', () => {
    expect(digest({ ...image, width: 3, height: 2 })).not.toBe(digest(image))
    expect(digest({ ...image, data: image.data.map((v, i) => (i === 9 ? v + 6e-8 : v)) })).not.toBe(digest(image))
  })
})
