// The three distortions of KADID-10k (Lin, Hosu, Saupe, QoMEX 2019) by which the metric is judged, at that database's five levels
// of strength, and the rank correlation that judges it.
import { createRandom, quantised } from '@cupel/core'
import { convolve, gaussianKernel } from '@cupel/filters'
import { recoded } from '@cupel/image'

/** Gaussian blur by its sigma in pixels, white noise by its variance (values 0..1), JPEG by its quality; weakest first. */
export const levels = {
  blur: [0.1, 0.5, 1, 2, 5],
  noise: [0.001, 0.002, 0.003, 0.005, 0.01],
  jpeg: [43, 36, 24, 7, 4],
}

const distort = {
  blur: (image, sigma) =>
    convolve(image, { kernel: gaussianKernel(2 * Math.ceil(4 * sigma) + 1, sigma), border: 'reflect' }),
  noise({ width, height, data }, variance, seed) {
    const normals = createRandom('kadid').fork(seed, variance).normals(data.length)
    return { width, height, data: data.map((value, i) => value + Math.sqrt(variance) * normals[i]) }
  },
  jpeg: (image, quality) =>
    recoded(image, (pixels) => pixels.jpeg({ quality, chromaSubsampling: '4:2:0', mozjpeg: false })),
}

/**
 * The image under each distortion, weakest first, as 8-bit images.
 * @param seed names the noise, which differs from level to level too
 */
export async function distorted(image, seed) {
  const under = (kind) =>
    Promise.all(levels[kind].map(async (level) => quantised(await distort[kind](image, level, seed))))
  return { blur: await under('blur'), noise: await under('noise'), jpeg: await under('jpeg') }
}

/** Ranks from 0; equal values share the mean of theirs. */
function ranks(values) {
  const sorted = [...values].sort((a, b) => a - b)
  return values.map((value) => (sorted.indexOf(value) + sorted.lastIndexOf(value)) / 2)
}

/** Spearman's rank-order correlation coefficient. */
export function srocc(a, b) {
  const centred = [a, b].map((values) => ranks(values).map((rank) => rank - (values.length - 1) / 2))
  const product = (x, y) => x.reduce((sum, value, i) => sum + value * y[i], 0)
  return product(...centred) / Math.sqrt(product(centred[0], centred[0]) * product(centred[1], centred[1]))
}

/**
 * How well a higher-is-better metric orders the five levels.
 * @returns for each distortion the mean over images of the SROCC within an image (`within`), that of all images together
 *   (`pooled`) and the median score of each level; and the scores of the images themselves
 */
export async function order(metric, images) {
  const scores = { clean: [], blur: [], noise: [], jpeg: [] }
  for (const [index, image] of images.entries()) {
    scores.clean.push(await metric.score(image))
    for (const [kind, row] of Object.entries(await distorted(image, index))) {
      const scored = []
      for (const one of row) scored.push(await metric.score(one))
      scores[kind].push(scored)
    }
  }
  const better = [4, 3, 2, 1, 0]
  const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]
  const result = Object.keys(levels).map((kind) => [
    kind,
    {
      within: scores[kind].reduce((sum, row) => sum + srocc(row, better), 0) / images.length,
      pooled: srocc(
        scores[kind].flat(),
        images.flatMap(() => better),
      ),
      medians: better.map((_, level) => median(scores[kind].map((row) => row[level]))),
    },
  ])
  return { clean: scores.clean, ...Object.fromEntries(result) }
}
