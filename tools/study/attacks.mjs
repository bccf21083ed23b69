import { join } from 'node:path'
import { group } from 'd3-array'
import { createRandom } from '../../packages/core/dist/index.js'
import { readImage } from '../../packages/image/dist/index.js'
import { IDENTICAL_PSNR, isScored } from '../../packages/runner/dist/report/cell.js'
import { estimated, mean, rounded, weighted } from './statistics.mjs'

/** How near an L2 is to be met, as a share of it, and within how many corrections. */
const [NEAR, ROUNDS] = [1e-4, 20]

/** The signed change of the score by an attack, in units of the metric's range: positive is better. */
const improvementOf = ({ better, clean_score, score, range_low, range_high }) =>
  ((better === 'higher' ? 1 : -1) * (score - clean_score)) / (range_high - range_low)

/** The image with one amplitude added or taken away everywhere, which of the two `signs` say, so that it is `l2` from the source after clipping. */
function shaken({ width, height, data }, signs, l2) {
  let amplitude = l2 / Math.sqrt(data.length)
  for (let round = 0; ; round++) {
    const noisy = data.map((value, i) => Math.min(1, Math.max(0, value + (signs[i] < 0.5 ? -amplitude : amplitude))))
    const reached = Math.sqrt(data.reduce((sum, value, i) => sum + (noisy[i] - value) ** 2, 0))
    if (round === ROUNDS || Math.abs(reached - l2) <= NEAR * l2) return { width, height, data: noisy }
    amplitude *= l2 / reached
  }
}

/** What noise of random signs and a given L2 does to the score of an image, by the metric's name. */
function noise(images, root) {
  const paths = new Map(images.map(({ sha256, path }) => [sha256, path]))
  const open = new Map()
  return async ({ metric, image_sha256, attacked_l2, ...row }) => {
    if (!open.has(metric)) {
      const { default: plugin } = await import(join(root, `packages/metrics-${metric}/dist/index.js`))
      open.set(metric, plugin())
    }
    const image = await readImage(paths.get(image_sha256))
    const signs = createRandom(0).fork('sign noise', image_sha256).uniforms(image.data.length)
    return improvementOf({ ...row, score: await open.get(metric).score(shaken(image, signs, attacked_l2)) })
  }
}

/** Why an attack did not run, without its name and what concerns one machine. */
const plainReason = ({ reason, attack }) =>
  reason.replace(/(needs the weights file \S+), .*/, '$1').replace(`attack ${attack} `, '')

/** The attacks on metrics without a defence: one cell for each metric, strength and attack. */
export async function measureAttacks(matrices, images, root) {
  const noiseGain = noise(images, root)
  const rows = matrices.flatMap(({ linf, rows }) => rows.map((row) => ({ ...row, strength: linf ?? null })))
  const undefended = rows.filter(({ attack, defence }) => attack !== 'none' && defence === 'none')
  const cells = []
  for (const cell of group(undefended, ({ metric, attack, strength }) => [metric, attack, strength].join()).values()) {
    const [{ metric, attack, strength }] = cell
    const byImage = [...new Map(cell.filter(isScored).map((row) => [row.image, row])).values()]
    if (byImage.length === 0) {
      cells.push({ metric, attack, strength, n: 0, reason: plainReason(cell[0]) })
      continue
    }
    const gains = byImage.map(improvementOf)
    let beyond = 0
    for (const [i, row] of byImage.entries()) {
      if (gains[i] > 0 && gains[i] > (await noiseGain(row))) beyond++
    }
    const average = (of) => rounded(mean(byImage.map(of)))
    cells.push({
      metric,
      attack,
      strength,
      n: byImage.length,
      gain: estimated(gains.length, weighted(gains)),
      beyond_noise: rounded(beyond / byImage.length),
      linf: average((row) => 255 * row.attacked_linf),
      psnr: average((row) => Math.min(IDENTICAL_PSNR, row.attacked_psnr)),
      ssim: average((row) => row.attacked_ssim),
      queries: average((row) => row.score_queries + row.gradient_queries),
      ms: average((row) => row.attack_ms),
      flags: [...new Set(byImage.flatMap(({ flags }) => flags.split(' ').filter(Boolean)))],
    })
  }
  return cells
}
