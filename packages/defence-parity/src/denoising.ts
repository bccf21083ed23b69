import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createRandom, type Image, type Purifier } from '@cupel/core'
import { readImage } from '@cupel/image'
import { seededState } from '@cupel/metric-parity'

/** Where images and published weights are, beside the repository unless CUPEL_DATA says otherwise. */
export const data = process.env['CUPEL_DATA'] ?? fileURLToPath(new URL('../../../../shared/data', import.meta.url))

/** What `denoised` of recording.py wrote: decibels that PyTorch reached on each test image. */
export interface Decibels {
  readonly sigma: number
  readonly mean: number
  readonly psnr: Readonly<Record<string, number>>
}

/** Normal deviates that follow from a name: those of `gaussian` in recording.py. */
export function gaussian(name: string, count: number): Float64Array {
  const uniform = (part: string) => seededState({ [`${name} ${part}`]: [count] }).get(`${name} ${part}`)!.data
  const [radius, angle] = [uniform('radius'), uniform('angle')]
  return Float64Array.from(radius, (value, i) => {
    const u = Math.max(value / 0.4 + 0.5, 2 ** -25)
    return Math.sqrt(-2 * Math.log(u)) * Math.cos(2 * Math.PI * (angle[i]! / 0.4 + 0.5))
  })
}

/** The image with noise of deviation `sigma` / 255 that follows from a name; not clipped to 0..1. */
function noisy(image: Image, sigma: number, name: string): Image {
  if (sigma === 0) return image
  const noise = gaussian(name, image.data.length)
  return { ...image, data: image.data.map((value, i) => value + (noise[i]! * sigma) / 255) }
}

/** Peak signal-to-noise ratio in decibels, the peak being 1. */
function psnr(a: Image, b: Image): number {
  const sum = a.data.reduce((total, value, i) => total + (value - b.data[i]!) ** 2, 0)
  return -10 * Math.log10(sum / a.data.length)
}

type Test = ((name: string, body: () => Promise<void>, timeout?: number) => unknown) & {
  skip(name: string, body: () => Promise<void>): unknown
}

/**
 * Registers a test that the published network removes noise from test images as it does in PyTorch, to 0.02 dB an image: of two images,
 * or of all of them with CUPEL_FULL set, whose mean is then compared too. It is skipped, and says so, where the images or the file are not there.
 *
 * @param title what is tested
 * @param file the weights, a path within {@link data}
 * @param open gives the network from the path; it is handed images beyond 0..1, as noise makes them
 */
export function denoising(
  title: string,
  file: string,
  open: (path: string) => Promise<Purifier>,
  expected: Decibels,
  test: Test,
): void {
  const names = Object.keys(expected.psnr).slice(0, process.env['CUPEL_FULL'] ? undefined : 2)
  const lacking = [join(data, file), join(data, 'nips2017')].find((path) => !existsSync(path))
  const what = `${title}: ${names.length} photographs as in PyTorch, to 0.02 dB`
  if (lacking) {
    test.skip(`${what} (skipped: ${lacking} is not there)`, async () => {})
    return
  }
  const context = { random: createRandom(0), signal: new AbortController().signal }
  test(
    what,
    async () => {
      const network = await open(join(data, file))
      const found: number[] = []
      for (const name of names) {
        const image = await readImage(join(data, 'nips2017', name))
        found.push(psnr(await network.purify(noisy(image, expected.sigma, name), context), image))
        const apart = found.at(-1)! - expected.psnr[name]!
        if (!(Math.abs(apart) <= 0.02)) throw new Error(`${name}: ${found.at(-1)} dB, PyTorch ${expected.psnr[name]}`)
      }
      await network.dispose?.()
      if (names.length < Object.keys(expected.psnr).length) return
      const mean = found.reduce((a, b) => a + b, 0) / found.length
      console.log(`${title}: ${mean.toFixed(3)} dB, PyTorch ${expected.mean.toFixed(3)}`)
      if (!(Math.abs(mean - expected.mean) <= 0.005)) throw new Error(`mean ${mean} dB, PyTorch ${expected.mean}`)
    },
    process.env['CUPEL_FULL'] ? 3_600_000 : 120_000,
  )
}
