import type { Better, GradientKind } from '@cupel/core'

/** What the attacker knew: nothing of the defence; the defence too; or only another metric. */
export type Threat = 'static' | 'adaptive' | 'transfer'

/** ok; failed: a plugin threw or returned what it must not; n/a: something it needs is not there, or it does not apply. */
export type Status = 'ok' | 'failed' | 'n/a'

/**
 * One cell of the matrix for one image: the score of `defence(attack(image))` and what it is compared with.
 * Numbers that a row does not have are null, never a stand-in value. Every table of a report is a function of rows.
 */
export interface Row {
  /** Labels: names of plugins or of their variants. */
  readonly metric: string
  readonly attack: string
  readonly defence: string
  /** Resolved options as canonical JSON. */
  readonly metric_options: string
  readonly attack_options: string
  readonly defence_options: string
  /** The image as the run names it, and SHA-256 of its 8-bit pixels. */
  readonly image: string
  readonly image_sha256: string
  readonly width: number
  readonly height: number
  readonly threat: Threat
  /** The metric that the attack was run against; other than `metric` only where the threat is transfer. */
  readonly attacked_metric: string
  readonly objective: string
  readonly seed: number
  /** Number of the draw of a random defence, from 0. */
  readonly draw: number
  readonly status: Status
  /** Why the row is not ok; empty otherwise. */
  readonly reason: string
  readonly better: Better
  readonly range_low: number
  readonly range_high: number
  /** f(p(x_a)), in the metric's own units. */
  readonly score: number | null
  /** f(x): no attack, no defence. */
  readonly clean_score: number | null
  /** f(x_a): this attack, no defence. */
  readonly attacked_score: number | null
  /**
   * The purified image beside the source, as it is; where sizes differ, after a bilinear resize to the source's. SSIM has scikit-image's 7x7
   * window, PSNR is in dB (Infinity for identical images), L-infinity in 0..1, L2 the root of the sum of squares.
   */
  readonly ssim: number | null
  readonly psnr: number | null
  readonly linf: number | null
  readonly l2: number | null
  /** The purified image beside the source in the purified frame (same crop, flip, rotation); as raw where the defence moves nothing. */
  readonly registered_ssim: number | null
  readonly registered_psnr: number | null
  /** The attacked image beside the source: what the attack cost. */
  readonly attacked_ssim: number | null
  readonly attacked_psnr: number | null
  readonly attacked_linf: number | null
  readonly attacked_l2: number | null
  /** The value of the attack's strength knob; null where it has none. */
  readonly knob: number | null
  /** Calls that the attack made of its target. */
  readonly score_queries: number | null
  readonly gradient_queries: number | null
  /** The gradient that the attack used; empty where it used none. */
  readonly gradient_kind: GradientKind | ''
  /** Wall-clock milliseconds. */
  readonly attack_ms: number | null
  readonly purify_ms: number | null
  readonly score_ms: number | null
  /** What the attack and the defence noted, as JSON; empty where they noted nothing. */
  readonly notes: string
  /** Reasons for caution, separated by spaces. */
  readonly flags: string
}
