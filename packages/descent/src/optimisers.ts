/**
 * How a gradient becomes a move. A call starts a run; what it returns is called once an iteration and gives the move
 * that is added to the variable. Whoever is handed an array may write into it: the move may be in the gradient's place,
 * and belongs to the caller. Images are large, and every new array costs as much as the arithmetic.
 */
export type Optimiser = () => (gradient: Float32Array) => Float32Array

/** The move -alpha * sign(g): steepest descent in L-infinity. */
export const sign =
  (alpha: number): Optimiser =>
  () =>
  (g) => {
    // Without a branch: processors cannot foresee signs, and Math.sign takes four times as long.
    for (let i = 0; i < g.length; i++) g[i] = alpha * (Number(g[i]! < 0) - Number(g[i]! > 0))
    return g
  }

/** The move -alpha * g / ||g||_2: steepest descent in L2. A zero gradient moves nothing. */
export const normalised =
  (alpha: number): Optimiser =>
  () =>
  (g) => {
    const scale = -alpha / (norm(g, 2) || 1)
    for (let i = 0; i < g.length; i++) g[i] = scale * g[i]!
    return g
  }

/**
 * Accumulates m = nu m + g and hands m to another optimiser (Dong et al., CVPR 2018: to {@link sign}).
 *
 * @param nu decay of the accumulated gradient; 0 forgets it
 * @param scale `l1` divides each gradient by its L1 norm first, as Dong et al. do; `none` does not
 */
export const momentum =
  (nu: number, scale: 'none' | 'l1', then: Optimiser): Optimiser =>
  () => {
    const next = then()
    let m: Float32Array | undefined
    return (g) => {
      const factor = scale === 'l1' ? 1 / (norm(g, 1) || 1) : 1
      m ??= new Float32Array(g.length)
      for (let i = 0; i < g.length; i++) {
        m[i] = nu * m[i]! + factor * g[i]!
        g[i] = m[i]!
      }
      return next(g)
    }
  }

export interface AdamOptions {
  /** Decay of the mean of gradients and of the mean of their squares; 0.9 and 0.999 unless told. */
  readonly betas?: readonly [number, number]
  /** Added to the root of the mean square; 1e-8 unless told. */
  readonly epsilon?: number
}

/**
 * Adam (Kingma & Ba, ICLR 2015) with learning rate `lr`, its epsilon outside the bias-corrected root as PyTorch has
 * it.
 */
export const adam =
  (lr: number, { betas: [beta1, beta2] = [0.9, 0.999], epsilon = 1e-8 }: AdamOptions = {}): Optimiser =>
  () => {
    let m = new Float64Array(0)
    let v = m
    let t = 0
    return (g) => {
      if (t++ === 0) [m, v] = [new Float64Array(g.length), new Float64Array(g.length)]
      const rate = lr / (1 - beta1 ** t)
      const root = 1 / Math.sqrt(1 - beta2 ** t)
      for (let i = 0; i < g.length; i++) {
        const slope = g[i]!
        const mean = beta1 * m[i]! + (1 - beta1) * slope
        const square = beta2 * v[i]! + (1 - beta2) * slope * slope
        m[i] = mean
        v[i] = square
        g[i] = (-rate * mean) / (root * Math.sqrt(square) + epsilon)
      }
      return g
    }
  }

/** The L1 or L2 norm of all values. */
export function norm(values: Float32Array, p: 1 | 2): number {
  let sum = 0
  for (let i = 0; i < values.length; i++) sum += p === 1 ? Math.abs(values[i]!) : values[i]! * values[i]!
  return p === 1 ? sum : Math.sqrt(sum)
}
