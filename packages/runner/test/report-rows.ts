import { createRandom } from '@cupel/core'
import type { Row } from '../src/rows.js'

/** What a made-up attack does to a score (in the metric's better direction) and to the picture. */
const attacks = { none: [0, 1], ifgsm: [28, 0.93], mifgsm: [31, 0.91], advcf: [9, 0.74], madc: [14, 0.985] } as const
/** How much of an attack a made-up defence leaves, what it costs on its own, its likeness, and what it does to the rank. */
const defences = {
  none: [1, 0, 1, 0],
  flip: [0.08, -0.4, 0.18, 1],
  'random-crop': [0.3, 1.5, 0.24, 3],
  jpeg: [0.13, -5, 0.91, 3],
  'gaussian-blur': [0.16, -9, 0.93, 4],
  'median-blur': [0.22, -3, 0.88, 4],
  unsharp: [1.1, 3, 0.95, 5],
  resize: [0.12, -2, 0.82, 4],
} as const

export interface Shape {
  readonly images?: number
  readonly seed?: number
  /** Metric names; `linear` is higher-is-better with some scores below 0, the others lower-is-better. */
  readonly metrics?: readonly string[]
  readonly threats?: readonly Row['threat'][]
}

/**
 * Rows as a run makes them, with the accidents of a real one: a defence that fails on some images and one that is n/a for a
 * metric, an attack that needs what the metric lacks, infinite PSNR, scores below 0, three draws of a random defence.
 */
export function syntheticRows({
  images = 20,
  seed = 1,
  metrics = ['cnniqa', 'linear'],
  threats = ['static'],
}: Shape = {}): Row[] {
  const rows: Row[] = []
  for (const metric of metrics)
    for (const attack of Object.keys(attacks) as (keyof typeof attacks)[])
      for (const threat of attack === 'none' ? (['static'] as const) : threats)
        for (const defence of Object.keys(defences) as (keyof typeof defences)[])
          for (let i = 0; i < images; i++)
            for (let draw = 0; draw < (defence === 'random-crop' ? 3 : 1); draw++)
              rows.push(row({ metric, attack, threat, defence, i, draw, seed }))
  return rows
}

interface Place {
  metric: string
  attack: keyof typeof attacks
  threat: Row['threat']
  defence: keyof typeof defences
  i: number
  draw: number
  seed: number
}

function row({ metric, attack, threat, defence, i, draw, seed }: Place): Row {
  const random = createRandom(seed).fork(i)
  const normal = (...labels: (string | number)[]) => random.fork(...labels).normals(1)[0]!
  const sign = metric === 'linear' ? 1 : -1
  const [strength, attackSsim] = attacks[attack]
  const [left, cost, ssim, noise] = defences[defence]
  const clean = metric === 'linear' ? 30 + 22 * normal(metric) : 34 + 9 * normal(metric)
  const effect = strength * (1 + 0.2 * normal(metric, attack))
  const kept = threat === 'adaptive' ? Math.max(left, 0.6) : left
  const score = clean + sign * (kept * effect + cost) + noise * normal(metric, attack, defence, draw)
  const identical = attack === 'none' && defence === 'none'
  const likeness = identical ? 1 : ssim * attackSsim * (1 - 0.03 * Math.abs(normal(attack, defence)))
  const moves = defence === 'flip' || defence === 'random-crop'
  const [status, reason] =
    metric === 'linear' && defence === 'resize'
      ? (['n/a', 'linear needs at least 224x224 pixels, resize gave 150x150'] as const)
      : metric === 'linear' && attack === 'madc'
        ? (['n/a', 'madc needs a gradient, linear has none'] as const)
        : defence === 'median-blur' && attack === 'advcf' && i % 7 === 3
          ? (['failed', 'median-blur returned a pixel that is not finite'] as const)
          : (['ok', ''] as const)
  const ok = status === 'ok'
  return {
    metric,
    attack,
    defence,
    metric_options: '{}',
    attack_options: attack === 'none' ? '{}' : '{"epsilon":0.0392156862745098,"steps":10}',
    defence_options: defence === 'jpeg' ? '{"quality":50}' : '{}',
    image: `photos/${String(i).padStart(3, '0')}.png`,
    image_sha256: `${i}`.padStart(64, '0'),
    width: 299,
    height: 299,
    threat,
    attacked_metric: metric,
    objective: 'improve',
    seed,
    draw,
    status,
    reason,
    better: metric === 'linear' ? 'higher' : 'lower',
    range_low: 0,
    range_high: 100,
    score: ok ? score : null,
    clean_score: clean,
    attacked_score: reason.startsWith('madc') ? null : clean + sign * effect,
    ssim: ok ? likeness : null,
    psnr: ok ? (identical ? Number.POSITIVE_INFINITY : 14 + 22 * likeness) : null,
    linf: ok ? 1 - likeness : null,
    l2: ok ? 500 * (1 - likeness) : null,
    registered_ssim: ok ? (moves ? attackSsim : likeness) : null,
    registered_psnr: ok ? (moves ? 38 : identical ? Number.POSITIVE_INFINITY : 14 + 22 * likeness) : null,
    attacked_ssim: attack === 'none' ? 1 : attackSsim - 0.04 * Math.abs(normal(attack)),
    attacked_psnr: attack === 'none' ? Number.POSITIVE_INFINITY : 30 + 8 * attackSsim,
    attacked_linf: attack === 'none' ? 0 : 10 / 255,
    attacked_l2: attack === 'none' ? 0 : 12,
    knob: attack === 'none' ? null : 1 / 255,
    score_queries: attack === 'none' ? null : 1,
    gradient_queries: attack === 'none' ? null : 10,
    gradient_kind: attack === 'none' ? '' : 'exact',
    attack_ms: attack === 'none' ? null : 210 + 10 * normal('attack'),
    purify_ms: ok ? 4 + Math.abs(normal('purify')) : null,
    score_ms: ok ? 12 + normal('score') : null,
    notes: attack === 'advcf' ? '{"iterations":10,"why":"a \\"quoted\\", comma"}' : '',
    flags: clean <= 0 ? 'nonpositive-score' : '',
  }
}
