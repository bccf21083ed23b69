import { group } from 'd3-array'
import type { Row } from '../rows.js'
import { type bootstrap, mean, median, spearman, spearmanOf, variance } from './statistics.js'
import type { Summary } from './summary.js'

/** What the infinite PSNR of identical images counts in a mean: the study's own number for them. */
export const IDENTICAL_PSNR = 150

/** A row that carries both scores that every number of a cell needs. */
export type Scored = Row & { readonly score: number; readonly clean_score: number }

/** Whether a row takes part in means: it is ok and has the source's score as well as its own. */
export const isScored = (row: Row): row is Scored =>
  row.status === 'ok' && row.score !== null && row.clean_score !== null

/** |c - da| / c of one row: the study's Gain before its mean. Not finite where c is 0. */
export const gainOf = ({ clean_score, score }: Scored): number => Math.abs(clean_score - score) / clean_score

const known = <T>(values: readonly (T | null | undefined)[]): T[] =>
  values.filter((value): value is T => value !== null && value !== undefined)

const countedPsnr = (psnr: number) => (psnr === Number.POSITIVE_INFINITY ? IDENTICAL_PSNR : psnr)

/** SSIM + PSNR / scale, null where one of them is missing. */
const closeness = (ssim: number | null, psnr: number | null, scale: number) =>
  ssim === null || psnr === null ? null : ssim + countedPsnr(psnr) / scale

/** |reference - score| / scale, null where the score is missing or the scale is 0. */
const deviation = (reference: number, score: number | null | undefined, scale: number) =>
  typeof score !== 'number' || scale === 0 ? null : Math.abs(reference - score) / scale

/** What turns one cell's rows into numbers, besides the rows. */
export interface CellContext {
  /** The row of the same metric, defence, image and draw without an attack, if it is ok. */
  readonly purifiedClean: (row: Row) => Scored | undefined
  readonly interval: ReturnType<typeof bootstrap>
  readonly mos: ReadonlyMap<string, number>
}

/** The numbers of one cell; see {@link Summary} for what each one is. */
export function summariseCell(rows: readonly Row[], { purifiedClean, interval, mos }: CellContext): Summary {
  const { metric, threat, attacked_metric, objective, attack, defence, better, range_low, range_high } = rows[0]!
  const range = range_high - range_low
  const sign = better === 'higher' ? 1 : -1
  const byImage = (a: Row, b: Row) => (a.image < b.image ? -1 : a.image > b.image ? 1 : a.draw - b.draw)
  const scored = rows.filter(isScored).sort(byImage)
  const images = [...group(scored, (row) => row.image).values()]
  const perImage = (value: (row: Scored) => number | null | undefined) =>
    mean(known(images.map((draws) => mean(known(draws.map(value))))))

  const divisible = scored.every((row) => row.clean_score !== 0)
  const cleans = new Map(scored.map((row) => [row, purifiedClean(row)]))
  const purifiedCleans = known([...cleans.values()])
  const quality = perImage((row) => closeness(row.ssim, row.psnr, 80))
  const registered = perImage((row) => closeness(row.registered_ssim, row.registered_psnr, 80))

  const rated = images.filter(([row]) => mos.has(row!.image))
  const agreement = (value: (row: Scored) => number | null | undefined) => {
    const pairs = rated.flatMap((draws) => {
      const score = mean(known(draws.map(value)))
      return score === null ? [] : [[mos.get(draws[0]!.image)!, sign * score] as const]
    })
    return spearman(
      pairs.map(([opinion]) => opinion),
      pairs.map(([, score]) => score),
    )
  }

  return {
    metric,
    threat,
    attacked_metric,
    objective,
    attack,
    defence,
    n: images.length,
    draws: images.reduce((most, draws) => Math.max(most, draws.length), 0),
    ok: rows.filter((row) => row.status === 'ok').length,
    failed: rows.filter((row) => row.status === 'failed').length,
    not_applicable: rows.filter((row) => row.status === 'n/a').length,
    reason: reasonsOf(rows),
    ...gainsOf(divisible ? images.map((draws) => draws.map(gainOf)) : [], interval),
    gain_range: perImage((row) => deviation(row.clean_score, row.score, range)),
    nonpositive: images.filter(([row]) => row!.clean_score <= 0).length,
    ...correlationsOf(scored, interval),
    clean_score: perImage((row) => row.clean_score),
    attacked_score: perImage((row) => row.attacked_score),
    score: perImage((row) => row.score),
    improvement: perImage((row) => sign * (row.score - row.clean_score)),
    quality: quality === null ? null : quality / 2,
    registered_quality: registered === null ? null : registered / 2,
    ssim: perImage((row) => row.ssim),
    psnr: perImage((row) => (row.psnr === null ? null : countedPsnr(row.psnr))),
    attacked_ssim: perImage((row) => row.attacked_ssim),
    attacked_psnr: perImage((row) => (row.attacked_psnr === null ? null : countedPsnr(row.attacked_psnr))),
    attacked_linf: perImage((row) => row.attacked_linf),
    nonpurified_gain: divisible
      ? perImage((row) => deviation(row.clean_score, row.attacked_score, row.clean_score))
      : null,
    nonpurified_gain_range: perImage((row) => deviation(row.clean_score, row.attacked_score, range)),
    both_defended_n: new Set(purifiedCleans.map((row) => row.image)).size,
    both_defended_gain: purifiedCleans.some(({ score }) => score === 0)
      ? null
      : perImage((row) => {
          const clean = cleans.get(row)?.score
          return clean === undefined ? null : deviation(clean, row.score, clean)
        }),
    both_defended_gain_range: perImage((row) => {
      const clean = cleans.get(row)?.score
      return clean === undefined ? null : deviation(clean, row.score, range)
    }),
    similarity: perImage((row) => closeness(row.ssim, row.psnr, 40)),
    clear_similarity: perImage((row) => {
      const clean = cleans.get(row)
      return clean && closeness(clean.ssim, clean.psnr, 40)
    }),
    clear_srocc: correlationsOf(purifiedCleans).srocc,
    mos_n: rated.length,
    mos_clean: agreement((row) => row.clean_score),
    mos_attacked: agreement((row) => row.attacked_score),
    mos_purified_clean: agreement((row) => cleans.get(row)?.score),
    mos_purified: agreement((row) => row.score),
    attack_ms: perImage((row) => row.attack_ms),
    purify_ms: perImage((row) => row.purify_ms),
    score_ms: perImage((row) => row.score_ms),
    flags: [...new Set(rows.flatMap((row) => row.flags.split(' ').filter(Boolean)))].sort().join(' '),
  }
}

/** Gain and its spread over draws, from the gains of every image's draws. */
function gainsOf(images: readonly (readonly number[])[], interval: CellContext['interval']) {
  const means = images.map((draws) => mean(draws)!)
  const bounds = interval(means.length, (counts) => {
    let sum = 0
    for (let i = 0; i < means.length; i++) sum += counts[i]! * means[i]!
    return sum / means.length
  })
  return {
    gain: mean(means),
    gain_low: bounds?.[0] ?? null,
    gain_high: bounds?.[1] ?? null,
    gain_worst: mean(images.map((draws) => Math.max(...draws))),
    gain_median: mean(images.map((draws) => median(draws)!)),
    gain_variance: mean(known(images.map(variance))),
  }
}

/** The rank correlation of c with the rows' scores within each draw: its mean, its interval and its least. */
function correlationsOf(rows: readonly Scored[], interval?: CellContext['interval']) {
  const draws = [...group(rows, (row) => row.draw).values()]
  const sizes = new Set(draws.map((draw) => draw.length))
  const statistics = draws.map((draw) =>
    spearmanOf(
      draw.map((row) => row.clean_score),
      draw.map((row) => row.score),
    ),
  )
  const correlations = known(statistics.map((statistic, k) => statistic(new Uint8Array(draws[k]!.length).fill(1))))
  // Draws of different images (some failed) share no resample of images; their correlation then goes without an interval.
  const bounds =
    interval && sizes.size === 1
      ? interval(draws[0]!.length, (counts) => mean(known(statistics.map((statistic) => statistic(counts)))))
      : null
  return {
    srocc: mean(correlations),
    srocc_low: bounds?.[0] ?? null,
    srocc_high: bounds?.[1] ?? null,
    srocc_worst: correlations.length > 0 ? Math.min(...correlations) : null,
  }
}

/** Reasons of the rows without scores, the most frequent first, each with its count. */
function reasonsOf(rows: readonly Row[]): string {
  const counts = new Map<string, number>()
  for (const row of rows) {
    if (isScored(row)) continue
    const reason =
      row.status === 'ok' ? 'the source image has no score' : row.reason || `${row.status}, no reason given`
    counts.set(reason, (counts.get(reason) ?? 0) + 1)
  }
  return [...counts]
    .sort((a, b) => b[1] - a[1])
    .map(([reason, count]) => `${reason} (${count})`)
    .join('; ')
}
