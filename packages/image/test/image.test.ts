import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CupelError, digest, type Image, imageOf, toBytes } from '@cupel/core'
import sharp from 'sharp'
import { afterAll, expect, test } from 'vitest'
import { encodePng, extensions, fromSharp, readImage, recoded, toSharp, writeImage } from '../src/index.js'

const folder = mkdtempSync(join(tmpdir(), 'cupel-image-'))
afterAll(() => rmSync(folder, { recursive: true }))
const file = (name: string, content: string | Uint8Array): string => {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}

/** All three channels differ and no symmetry of the square maps it to itself. */
const width = 7
const height = 5
const picture = imageOf(width, height, (i) => ((i * 53 + 11) % 256) / 255)
const bytes = Buffer.from(toBytes(picture))
const raw = { raw: { width, height, channels: 3 } } as const
const bytesOf = (image: Image) => Buffer.from(toBytes(image))

test('a PNG is read back exactly, from a path and from a buffer', async () => {
  const png = await sharp(bytes, raw).png().toBuffer()
  expect(await readImage(png)).toEqual(picture)
  expect(await readImage(new Uint8Array(png))).toEqual(picture)
  expect(await readImage(file('a.png', png))).toEqual(picture)
})

test('the extension does not matter, the content does', async () => {
  expect(await readImage(file('really-a-png.jpg', await sharp(bytes, raw).png().toBuffer()))).toEqual(picture)
})

test.each(['webp', 'tiff'] as const)('lossless %s is read back exactly', async (format) => {
  const encoded = await sharp(bytes, raw)[format]({ lossless: true, compression: 'lzw' }).toBuffer()
  expect(await readImage(encoded)).toEqual(picture)
})

test.each(['jpeg', 'avif', 'gif'] as const)('%s is read as sharp decodes it', async (format) => {
  const encoded = await sharp(bytes, raw)[format]().toBuffer()
  expect(bytesOf(await readImage(encoded))).toEqual(await sharp(encoded).removeAlpha().raw().toBuffer())
})

test('a 24-bit BMP with row padding is read, bottom row first', async () => {
  const stride = 4 * Math.ceil((3 * width) / 4)
  const bmp = Buffer.alloc(54 + stride * height)
  bmp.write('BM')
  bmp.writeUInt32LE(bmp.length, 2)
  bmp.writeUInt32LE(54, 10)
  bmp.writeUInt32LE(40, 14)
  bmp.writeInt32LE(width, 18)
  bmp.writeInt32LE(height, 22)
  bmp.writeUInt16LE(1, 26)
  bmp.writeUInt16LE(24, 28)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let c = 0; c < 3; c++) bmp[54 + (height - 1 - y) * stride + 3 * x + 2 - c] = bytes[3 * (y * width + x) + c]!
    }
  }
  expect(await readImage(bmp)).toEqual(picture)
  await expect(readImage(bmp.subarray(0, -1))).rejects.toThrow(/truncated BMP file: 174 bytes expected, 173 found/)
  const palette = Buffer.from(bmp)
  palette.writeUInt16LE(8, 28)
  await expect(readImage(palette)).rejects.toThrow(/only 24-bit ones are/)
  await expect(readImage(bmp, { maxPixels: 34 })).rejects.toThrow(/7 x 5 pixels, more than the 34/)
})

test('16 bits a channel are rounded to the nearest 8-bit value', async () => {
  const deep = Uint16Array.from({ length: 3 * width * height }, (_, i) => (i * 1913 + 200) % 65536)
  const png = await sharp(deep, raw).toColourspace('rgb16').png().toBuffer()
  expect((await sharp(png).metadata()).depth).toBe('ushort')
  expect([...bytesOf(await readImage(png))]).toEqual(Array.from(deep, (value) => Math.round(value / 257)))
})

test('gray, of 8 and of 16 bits, is repeated in the three channels', async () => {
  const gray = Uint8Array.from({ length: width * height }, (_, i) => (i * 31) % 256)
  const one = { raw: { width, height, channels: 1 } } as const
  const expected = Array.from(gray, (value) => [value, value, value]).flat()
  const png = await sharp(gray, one).toColourspace('b-w').png().toBuffer()
  expect((await sharp(png).metadata()).channels).toBe(1)
  expect([...bytesOf(await readImage(png))]).toEqual(expected)
  const deep = await sharp(
    Uint16Array.from(gray, (value) => Math.min(65535, value * 257 + 128)),
    one,
  )
    .toColourspace('grey16')
    .png()
    .toBuffer()
  expect((await sharp(deep).metadata()).depth).toBe('ushort')
  expect([...bytesOf(await readImage(deep))]).toEqual(expected)
})

test('alpha is composited over white', async () => {
  const rgba = Uint8Array.from([200, 100, 0, 128, 10, 20, 30, 0, 7, 8, 9, 255])
  const png = await sharp(rgba, { raw: { width: 3, height: 1, channels: 4 } })
    .png()
    .toBuffer()
  const over = (value: number) => Math.round((value * 128) / 255 + 127)
  expect([...bytesOf(await readImage(png))]).toEqual([over(200), over(100), over(0), 255, 255, 255, 7, 8, 9])
})

test('CMYK is converted to sRGB', async () => {
  const flat = await sharp({ create: { width: 16, height: 16, channels: 3, background: { r: 200, g: 60, b: 90 } } })
    .toColourspace('cmyk')
    .jpeg({ quality: 100 })
    .toBuffer()
  expect((await sharp(flat).metadata()).space).toBe('cmyk')
  const [r, g, b] = bytesOf(await readImage(flat))
  // CMYK holds this colour only roughly; what matters is that it comes out as that colour, not inverted or as four channels.
  for (const [found, expected] of [
    [r, 200],
    [g, 60],
    [b, 90],
  ] as const)
    expect(Math.abs(found! - expected)).toBeLessThan(30)
})

test.each([1, 2, 3, 4, 5, 6, 7, 8])('EXIF orientation %i is applied', async (orientation) => {
  const png = await sharp(bytes, raw).withMetadata({ orientation }).png().toBuffer()
  const image = await readImage(png)
  // What each value says: where row 0 and column 0 of the stored picture are seen (EXIF 2.3, tag 274).
  const from = [
    (x: number, y: number) => [x, y],
    (x: number, y: number) => [width - 1 - x, y],
    (x: number, y: number) => [width - 1 - x, height - 1 - y],
    (x: number, y: number) => [x, height - 1 - y],
    (x: number, y: number) => [y, x],
    (x: number, y: number) => [y, height - 1 - x],
    (x: number, y: number) => [width - 1 - y, height - 1 - x],
    (x: number, y: number) => [width - 1 - y, x],
  ][orientation - 1]!
  expect([image.width, image.height]).toEqual(orientation < 5 ? [width, height] : [height, width])
  const expected = imageOf(image.width, image.height, (i) => {
    const at = i % (width * height)
    const [x, y] = from(at % image.width, Math.floor(at / image.width)) as [number, number]
    return picture.data[i - at + y * width + x]!
  })
  expect(image).toEqual(expected)
})

test('a foreign colour profile is converted, one that says sRGB leaves the values alone', async () => {
  const tagged = await sharp(bytes, raw).withIccProfile('srgb', { attach: true }).png().toBuffer()
  expect((await sharp(tagged).metadata()).hasProfile).toBe(true)
  const untouched = await sharp(tagged, { ignoreIcc: true }).raw().toBuffer()
  expect(bytesOf(await readImage(tagged))).toEqual(untouched)

  const grayish = { create: { width: 4, height: 4, channels: 3, background: { r: 250, g: 60, b: 60 } } } as const
  const p3 = await sharp(grayish).withIccProfile('p3', { attach: true }).png().toBuffer()
  const stored = await sharp(p3, { ignoreIcc: true }).raw().toBuffer()
  const read = bytesOf(await readImage(p3))
  expect(stored[0]).toBeLessThan(245)
  for (let c = 0; c < 3; c++) expect(Math.abs(read[c]! - [250, 60, 60][c]!)).toBeLessThanOrEqual(2)
})

test('1 x 1 works', async () => {
  const png = await sharp(Buffer.from([1, 2, 3]), { raw: { width: 1, height: 1, channels: 3 } })
    .png()
    .toBuffer()
  expect([...bytesOf(await readImage(png))]).toEqual([1, 2, 3])
})

test('what cannot be read is named, with the reason', async () => {
  const png = await sharp(bytes, raw).png().toBuffer()
  const big = imageOf(64, 64, (i) => ((i * 7919) % 256) / 255)
  const cut = (data: Buffer) => data.subarray(0, Math.floor(data.length / 2))
  const cases: [string, string | Uint8Array, RegExp][] = [
    ['empty.png', '', /empty\.png is empty \(0 bytes\)/],
    [
      'text.png',
      'dear diary, today',
      /text\.png is not an image of a kind that is read \(.*it begins with "dear diary, toda/,
    ],
    ['vector.svg', '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>', /not an image of a kind/],
    ['cut.png', cut(await encodePng(big)), /cut\.png cannot be decoded, it may be truncated/],
    ['cut.jpg', cut(await toSharp(big).jpeg().toBuffer()), /cut\.jpg cannot be decoded, it may be truncated/],
    ['cut.webp', cut(await toSharp(big).webp().toBuffer()), /cut\.webp cannot be decoded, it may be truncated/],
    ['header.png', png.subarray(0, 20), /header\.png cannot be decoded, it may be truncated/],
  ]
  for (const [name, content, message] of cases) {
    const error = await readImage(file(name, content)).catch((e) => e)
    expect(error).toBeInstanceOf(CupelError)
    expect(error.message).toMatch(message)
    expect(error.message).not.toContain('\n')
  }
  await expect(readImage(join(folder, 'absent.png'))).rejects.toThrow(/absent\.png does not exist/)
  await expect(readImage(folder)).rejects.toThrow(/is a folder, not an image file/)
  await expect(readImage(png, { maxPixels: 34 })).rejects.toThrow(/the buffer has 7 x 5 pixels, more than the 34/)
})

test('a PNG is written exactly, and the same image gives the same bytes', async () => {
  const path = join(folder, 'out.png')
  await writeImage(picture, path)
  expect(await readImage(path)).toEqual(picture)
  expect(readFileSync(path)).toEqual(await encodePng(picture))
  expect((await sharp(path).metadata()).channels).toBe(3)
})

test('values between two steps are rounded to the nearer', async () => {
  const between = imageOf(2, 1, (i) => (i + 0.6) / 255)
  expect([...bytesOf(await readImage(await encodePng(between)))]).toEqual([1, 3, 5, 2, 4, 6])
})

test('writing leaves a whole file or none', async () => {
  const before = readdirSync(folder).length
  await expect(writeImage(picture, join(folder, 'absent', 'x.png'))).rejects.toThrow(CupelError)
  await expect(writeImage(picture, join(folder, 'x.jpg'))).rejects.toThrow(/ends in \.png/)
  // A folder of that name: the rename fails after the bytes were written.
  execFileSync('mkdir', [join(folder, 'taken.png')])
  await expect(writeImage(picture, join(folder, 'taken.png'))).rejects.toThrow(/taken\.png cannot be written/)
  expect(readdirSync(folder).length).toBe(before + 1)
  expect(existsSync(join(folder, 'x.jpg'))).toBe(false)
})

test('sharp instances in and out', async () => {
  const instance = sharp(bytes, raw).flop()
  const flopped = await fromSharp(instance)
  expect(bytesOf(flopped)).toEqual(await instance.raw().toBuffer())
  expect(digest(await fromSharp(toSharp(picture)))).toBe(digest(picture))
})

test('a codec there and back, and one that cannot hold the image', async () => {
  expect(await recoded(picture, (pixels) => pixels.png())).toEqual(picture)
  const wide = imageOf(16384, 1, () => 0.5)
  await expect(recoded(wide, (pixels) => pixels.webp())).rejects.toThrow(/16384 x 1 pixels cannot be encoded/)
})

test('every extension named is one that is read', () => {
  expect(extensions).toEqual(expect.arrayContaining(['.png', '.jpg', '.bmp']))
  for (const extension of extensions) expect(extension).toBe(extension.toLowerCase())
})
