import { existsSync } from 'node:fs'
import { type Image, imageOf } from '@cupel/core'
import { msSsim, psnr, ssim } from '@cupel/full-reference'
import { readImage } from '@cupel/image'
import { describe, expect, test } from 'vitest'

const folder = `${process.env['CUPEL_DATA'] ?? new URL('../../../../shared/data', import.meta.url).pathname}/calibration`

/** Values of the authors' MATLAB programs on distorted images: PSNR of RGB, SSIM and MS-SSIM of MATLAB's 8-bit gray. */
const official = [
  ['I03', { psnr: 21.11, ssim: 0.6993, msSsim: 0.6733 }],
  ['I04', { psnr: 20.99, ssim: 0.9978, msSsim: 0.9996 }],
  ['I06', { psnr: 27.01, ssim: 0.9989, msSsim: 0.9998 }],
  ['I08', { psnr: 23.3, ssim: 0.9669, msSsim: 0.9566 }],
  ['I19', { psnr: 21.62, ssim: 0.6519, msSsim: 0.8462 }],
] as const

/** MATLAB's rgb2gray, three times. */
function gray({ width, height, data }: Image): Image {
  const area = width * height
  const level = (i: number): number => 0.2989 * data[i]! + 0.587 * data[area + i]! + 0.114 * data[2 * area + i]!
  return imageOf(width, height, (i) => Math.floor(255 * level(i % area) + 0.5) / 255)
}

// Visible when it is passed over: without the images there is nothing to compare.
describe.skipIf(!existsSync(folder))(`official values, for the images in ${folder}`, () => {
  test.each(official)('%s', async (name, expected) => {
    const [a, b] = await Promise.all(['dist_dir', 'ref_dir'].map((part) => readImage(`${folder}/${part}/${name}.bmp`)))
    expect(psnr(a!, b!)).toBeCloseTo(expected.psnr, 2)
    expect(Math.abs(ssim(gray(a!), gray(b!), { window: 'gaussian' }) - expected.ssim)).toBeLessThan(1e-4)
    // Two of the five are up to 0.0043 higher than the formula gives, here and in NumPy; what the program does there is not known.
    expect(Math.abs(msSsim(gray(a!), gray(b!)) - expected.msSsim)).toBeLessThan(5e-3)
  })
})
