import { group } from 'd3-array'
import type { Row } from '../rows.js'
import { isScored, summariseCell } from './cell.js'
import { type BootstrapOptions, bootstrap } from './statistics.js'

/**
 * One cell of the matrix over all its images. A number is a mean over the `n` images whose rows are ok, null where there is
 * nothing to compute it from. c = f(x), a = f(x_a), dc = f(p(x)), da = f(p(x_a)); r is the metric's range; over several draws
 * of a random defence, each image first takes the mean over its draws.
 */
export interface Summary {
  readonly metric: string
  readonly threat: Row['threat']
  readonly attacked_metric: string
  readonly objective: string
  readonly attack: string
  readonly defence: string
  /** Images with a score of the source and of the purified image; every number of this cell is over (some of) these. */
  readonly n: number
  /** Draws of the defence per image, at most. */
  readonly draws: number
  /** Rows by status. */
  readonly ok: number
  readonly failed: number
  readonly not_applicable: number
  /** Why rows are missing, the most frequent reason first with its count; empty where all are ok. */
  readonly reason: string
  /** mean |c - da| / c: the study's Gain. No absolute value in the denominator; null where some c is 0. Less is better. */
  readonly gain: number | null
  /** 95 % bootstrap interval over images. */
  readonly gain_low: number | null
  readonly gain_high: number | null
  /** Mean over images of the greatest and of the median draw, and of the variance over draws (null below two draws). */
  readonly gain_worst: number | null
  readonly gain_median: number | null
  readonly gain_variance: number | null
  /** mean |c - da| / r: defined for any score (the follow-up's robust_abs_gain). */
  readonly gain_range: number | null
  /** Images whose source score is 0 or less, on which Gain's denominator has no meaning. */
  readonly nonpositive: number
  /** Rank correlation of c and da over images; mean over draws. Null below two images or where scores are all equal. */
  readonly srocc: number | null
  readonly srocc_low: number | null
  readonly srocc_high: number | null
  /** The least of the draws' correlations. */
  readonly srocc_worst: number | null
  /** Mean c, a and da in the metric's own units. */
  readonly clean_score: number | null
  readonly attacked_score: number | null
  readonly score: number | null
  /** Mean da - c in the metric's own units, its sign such that positive is a better score than the source's. */
  readonly improvement: number | null
  /** mean (SSIM + PSNR/80) / 2 between source and purified image; the infinite PSNR of identical images counts as 150. */
  readonly quality: number | null
  /** The same against the source in the purified frame (same crop, flip, rotation). */
  readonly registered_quality: number | null
  readonly ssim: number | null
  readonly psnr: number | null
  readonly attacked_ssim: number | null
  readonly attacked_psnr: number | null
  readonly attacked_linf: number | null
  /** The follow-up's scores: mean |c - a| / c and / r (nothing defended). */
  readonly nonpurified_gain: number | null
  readonly nonpurified_gain_range: number | null
  /** mean |dc - da| / dc and / r (both defended), over the `both_defended_n` images with an ok purified clean row. */
  readonly both_defended_n: number
  readonly both_defended_gain: number | null
  readonly both_defended_gain_range: number | null
  /** mean SSIM + PSNR/40 of x beside p(x_a), and of x beside p(x). */
  readonly similarity: number | null
  readonly clear_similarity: number | null
  /** Rank correlation of c and dc. */
  readonly clear_srocc: number | null
  /** Rank correlations with opinion scores over `mos_n` images, their sign such that 1 is full agreement. */
  readonly mos_n: number
  readonly mos_clean: number | null
  readonly mos_attacked: number | null
  readonly mos_purified_clean: number | null
  readonly mos_purified: number | null
  readonly attack_ms: number | null
  readonly purify_ms: number | null
  readonly score_ms: number | null
  /** Every flag of the cell's rows, separated by spaces. */
  readonly flags: string
}

export interface SummaryOptions extends BootstrapOptions {
  /** Mean opinion score by image as rows name it; more is better. */
  readonly mos?: ReadonlyMap<string, number>
}

const cellOf = (row: Row): string =>
  JSON.stringify([row.metric, row.threat, row.attacked_metric, row.objective, row.attack, row.defence])

/** Why a cell has no Gain or no SROCC; empty where it has one. */
export function whyMissing(cell: Summary, of: 'gain' | 'gain_range' | 'srocc'): string {
  if (cell[of] !== null) return ''
  if (cell.n === 0) return cell.reason || 'no rows'
  if (of === 'srocc') return cell.n < 2 ? 'a correlation needs two images' : 'all scores are equal'
  return 'the score of a source image is 0, so Gain divides by 0; see gain_range'
}

/**
 * Every cell (metric, threat, attacked metric, objective, attack, defence) of the matrix, in the order in which rows first
 * name it. The order of the rows does not matter otherwise.
 *
 * @param options opinion scores, and the seed, number and coverage of the bootstrap
 */
export function summarise(rows: readonly Row[], { mos = new Map(), ...options }: SummaryOptions = {}): Summary[] {
  const nameOf = ({ metric, defence, image, draw }: Row) => JSON.stringify([metric, defence, image, draw])
  const clean = new Map(
    rows
      .filter((row) => row.attack === 'none')
      .filter(isScored)
      .map((row) => [nameOf(row), row]),
  )
  const context = { purifiedClean: (row: Row) => clean.get(nameOf(row)), interval: bootstrap(options), mos }
  return [...group(rows, cellOf).values()].map((cell) => summariseCell(cell, context))
}
