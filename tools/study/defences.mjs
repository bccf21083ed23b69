import { group } from 'd3-array'
import { gainOf, IDENTICAL_PSNR, isScored } from '../../packages/runner/dist/report/cell.js'
import { spearman } from '../../packages/runner/dist/report/statistics.js'
import { families } from './matrices.mjs'
import { orderings } from './orderings.mjs'
import { estimated, mean, rounded, weighted } from './statistics.mjs'

/** The study's quality of a purified image: (SSIM + PSNR / 80) / 2. */
const quality = (ssim, psnr) => (ssim + Math.min(IDENTICAL_PSNR, psnr) / 80) / 2
const qualityOf = ({ ssim, psnr }) => quality(ssim, psnr)

/** The same beside the source carried into the purified image's frame, where the defence can do that. */
const registeredOf = ({ registered_ssim, registered_psnr, ...row }) =>
  registered_ssim === null ? qualityOf(row) : quality(registered_ssim, registered_psnr)

/** The change of the score in units of the metric's range: for metrics whose scores may be 0, of which a change is no share. */
const changeOf = ({ score, clean_score, range_low, range_high }) =>
  Math.abs(score - clean_score) / (range_high - range_low)

/** The rank correlation over images of the scores of the sources and of what the defence makes of the attacked; NaN where there is none. */
const agreement = (rows) =>
  spearman(
    rows.map((row) => row.clean_score),
    rows.map((row) => row.score),
  ) ?? Number.NaN

/** By defence and family, the Gain (or what else says how much a score is changed) and the quality of every image, each a mean over the family's attacks, and the mean of the attacks' SROCC. */
function perImage(rows, families, changed = gainOf) {
  const find = new Map(rows.map((row) => [[row.attack, row.defence, row.image].join(), row]))
  const images = [...new Set(rows.map(({ image }) => image))].sort()
  const whole = (attacks, defence) =>
    images.map((image) => attacks.map((attack) => find.get([attack, defence, image].join())))
  const result = {}
  for (const defence of new Set(rows.map((row) => row.defence))) {
    for (const [family, attacks] of Object.entries(families)) {
      const found = whole(attacks, defence).filter((some) => some.every((row) => row && isScored(row)))
      if (found.length === 0) continue
      result[defence] ??= {}
      result[defence][family] = {
        images: found.map(([{ image }]) => image),
        gains: found.map((some) => mean(some.map(changed))),
        qualities: found.map((some) => mean(some.map(qualityOf))),
        registered: mean(found.map((some) => mean(some.map(registeredOf)))),
        srocc: mean(attacks.map((_, k) => agreement(found.map((some) => some[k])))),
      }
    }
  }
  return result
}

/** The attacks of a matrix as families: the study's, or all those without a gradient as one. */
const familiesOf = (rows) => {
  const blackBox = [...new Set(rows.map(({ attack }) => attack))].filter((name) => name.endsWith('-1000'))
  return blackBox.length > 0 ? { 'black-box': blackBox, clean: ['none'] } : families
}

const summary = ({ gains, qualities, registered, srocc }) => ({
  n: gains.length,
  gain: estimated(gains.length, weighted(gains)),
  quality: rounded(mean(qualities)),
  registered: rounded(registered),
  srocc: rounded(srocc),
})

/** Gain, quality and SROCC by group of defences, metric, defence and family; and what holds of the study's orderings. */
export function measureDefences(matrices) {
  const tables = []
  const ordered = []
  for (const { name, shown, rows } of matrices) {
    if (!shown) continue
    for (const [metric, some] of group(rows, ({ metric }) => metric)) {
      const isShare = some.every((row) => row.clean_score === null || row.clean_score > 0)
      const values = perImage(some, familiesOf(some), isShare ? gainOf : changeOf)
      const cells = Object.entries(values).map(([defence, byFamily]) => ({
        defence,
        families: Object.fromEntries(Object.entries(byFamily).map(([family, one]) => [family, summary(one)])),
      }))
      tables.push({ shown, metric, of: isShare ? 'score' : 'range', cells })
      if (name === 'filters') ordered.push({ metric, ...orderings(values) })
    }
  }
  return { tables, orderings: ordered }
}
