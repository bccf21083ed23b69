import { fromBytes, type Image, type Metric } from '@cupel/core'
import type { Test } from '@cupel/core/conformance'

export { noise, type SeededTensor, seededState } from './seeded.js'
export { type Saved, saveTorch } from './torch.js'

/** Milliseconds that the largest network may take on a machine that does much else. */
const patience = 900_000

/** `test` for what takes long: it runs, as long as it needs, where CUPEL_FULL is set, and is a skip that says so elsewhere. */
export const full = (test: Test & { skip(title: string): void }): Test =>
  process.env['CUPEL_FULL']
    ? (title, body) => test(title, body, patience)
    : (title) => test.skip(`${title} (set CUPEL_FULL)`)

/** What reference.py recorded. */
export interface Recording {
  readonly cases: readonly {
    readonly width: number
    readonly height: number
    /** In double precision. */
    readonly score: number
    /** Relative distance of PyTorch's single-precision score; absent where it was not recorded. */
    readonly singleScore?: number
    /** Every `stride`-th value of the gradient is recorded. */
    readonly stride: number
    /** Relative L2 distance of PyTorch's single-precision gradient, on the sample. */
    readonly single: number
    /** Little-endian float32 in base64. */
    readonly gradient: string
  }[]
}

/** The picture of reference.py: shading, edges and texture, in whole numbers, so that both sides agree exactly. */
export function picture(width: number, height: number): Image {
  const bytes: number[] = []
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let c = 0; c < 3; c++) {
        const shade = 30 + Math.floor((x * 70) / width) + Math.floor((y * (30 + 15 * c)) / height)
        const edge = 3 * x + y * (c + 1) > 2 * width ? 50 : 0
        const grain = (x * x * 7 + y * y * 13 + x * y * (3 * c + 1)) % 61
        const patch = (Math.floor(x / 16) + Math.floor(y / 24)) % 3
        bytes.push(shade + edge + Math.floor((grain * patch) / 4))
      }
    }
  }
  return fromBytes(width, height, bytes)
}

/** Relative L2 distance of two lists of numbers: |a - b| / |b|. */
export function distance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let [difference, norm] = [0, 0]
  for (let i = 0; i < b.length; i++) {
    difference += (a[i]! - b[i]!) ** 2
    norm += b[i]! ** 2
  }
  return Math.sqrt(difference / norm)
}

function sampled(base64: string): Float32Array {
  const bytes = Buffer.from(base64, 'base64')
  return Float32Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readFloatLE(4 * i))
}

/** How a comparison is made where the network or the images ask for something else than the usual. */
export interface Comparison {
  /** Makes the images that were recorded; {@link picture} unless told. */
  readonly image?: (width: number, height: number) => Image
  /**
   * In how many of the images the gradient must be as near as stated: all unless told. Near the kink of a rectifier or of a
   * maximum single precision takes either side by chance, PyTorch's as ours, and one such step moves the gradient of a deep
   * network by up to some hundredths, so that PyTorch in single precision is that far off too. In the other images the
   * gradient must be within 0.1.
   */
  readonly near?: number
}

/** Relative L2 distance that one step over a kink may come to. */
const mostOff = 0.1

/**
 * Registers one test for each recorded image: the score equals the recorded one to 1e-5, relative (or twice PyTorch's own
 * distance in single precision, where that is more), and the gradient is at most twice as far from the double-precision one
 * as PyTorch's in single precision, plus 1e-5. Where that is asked of some images only, one more test counts them.
 *
 * @param title stands before the name of every test
 * @param open gives the metric; called once
 * @param test `test` of vitest
 */
export function parity(
  title: string,
  open: () => Metric | Promise<Metric>,
  { cases }: Recording,
  test: Test,
  { image = picture, near = cases.length }: Comparison = {},
): void {
  let opened: Promise<Metric> | undefined
  const measured = cases.map(({ width, height, stride, single, gradient }) => {
    const measure = async () => {
      opened ??= Promise.resolve(open())
      const found = await (await opened).gradient!(image(width, height))
      const expected = sampled(gradient)
      const off = distance(
        expected.map((_, i) => found.gradient[i * stride]!),
        expected,
      )
      const far = off > 2 * single + 1e-5
      const fact = `at ${width}x${height} the gradient is off by ${off}, PyTorch's float32 by ${single}`
      return { score: found.score, off, far, fact }
    }
    let result: ReturnType<typeof measure> | undefined
    return () => {
      result ??= measure()
      return result
    }
  })
  const every = near === cases.length
  for (const [index, { width, height, score, singleScore = 0 }] of cases.entries()) {
    const said = every ? "score and gradient are PyTorch's" : `the score is PyTorch's, the gradient within ${mostOff}`
    test(
      `${title}, ${width}x${height}: ${said}`,
      async () => {
        const found = await measured[index]!()
        const problems = [
          Math.abs(found.score / score - 1) <= Math.max(1e-5, 2 * singleScore)
            ? ''
            : `score ${found.score}, expected ${score}`,
          every ? (found.far ? found.fact : '') : found.off <= mostOff ? '' : found.fact,
        ].filter(Boolean)
        if (problems.length > 0) throw new Error(problems.join('; '))
      },
      patience,
    )
  }
  if (every || near === 0) return
  test(
    `${title}: in ${near} of ${cases.length} images at least the gradient is as near as PyTorch's`,
    async () => {
      const far: string[] = []
      for (const measure of measured) {
        const found = await measure()
        if (found.far) far.push(found.fact)
      }
      if (far.length > cases.length - near) throw new Error(far.join('; '))
    },
    patience,
  )
}
