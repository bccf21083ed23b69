import type { Level, Schedule } from './schedule.js'

/**
 * One step from a noisier level to a cleaner one, as numbers:
 *
 *     x' = x · x + clean · clip(x0) + noise · e + deviation · z
 *
 * with e the predicted noise, x0 = (x - from.noise · e) / from.signal the predicted image, clipped to -1..1, and z standard normal.
 */
export interface Step {
  readonly from: Level
  readonly x: number
  readonly clean: number
  readonly noise: number
  readonly deviation: number
  /** Natural logarithms of the least and the greatest variance, between which a prior that learnt it chooses; then z's factor is that. */
  readonly variances?: readonly [low: number, high: number]
}

/** From which level to which. */
export type Sampler = (from: Level, to: Level) => Step

/**
 * Ancestral sampling: a draw of q(x' | x, x0) with x0 predicted and clipped, of the variance of that posterior unless the prior
 * learnt one. Ho et al. 2020, equations 6 and 7; over several steps at once with Nichol and Dhariwal's respaced betas. The last
 * step adds no noise.
 */
export const ancestral: Sampler = (from, to) => {
  const kept = (from.signal / to.signal) ** 2
  const beta = 1 - kept
  const variance = (beta * to.noise ** 2) / from.noise ** 2
  return {
    from,
    x: (to.noise ** 2 * Math.sqrt(kept)) / from.noise ** 2,
    clean: (beta * to.signal) / from.noise ** 2,
    noise: 0,
    deviation: Math.sqrt(variance),
    ...(to.step > 0 && { variances: [Math.log(variance), Math.log(beta)] as const }),
  }
}

/** DDIM without noise (eta = 0), e taken again from the clipped x0. Song, Meng, Ermon, ICLR 2021, equation 12. */
export const ddim: Sampler = (from, to) => ({
  from,
  x: to.noise / from.noise,
  clean: to.signal - (to.noise * from.signal) / from.noise,
  noise: 0,
  deviation: 0,
})

/**
 * Euler-Maruyama on the reverse-time variance-preserving SDE, without clipping: x' = (1 + D/2) x + D · score + sqrt(D) z with D the
 * integral of beta over the step. Song et al., "Score-based generative modeling through SDEs", ICLR 2021; DiffPure's solver. The
 * last step adds no noise, which DiffPure's does.
 */
export const reverseSde: Sampler = (from, to) => {
  const span = 2 * Math.log(to.signal / from.signal)
  return {
    from,
    x: 1 + span / 2,
    clean: 0,
    noise: -span / from.noise,
    deviation: to.step > 0 ? Math.sqrt(span) : 0,
  }
}

/** @param start the level to begin at @param count how many steps lead from there to 0, evenly spaced @returns in the order of walking */
export function plan(schedule: Schedule, sampler: Sampler, start: number, count = start): Step[] {
  const steps = Math.min(count, start)
  const at = (k: number) => schedule.level(Math.round((start * k) / steps))
  return Array.from({ length: steps }, (_, i) => sampler(at(steps - i), at(steps - i - 1)))
}
