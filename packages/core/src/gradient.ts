/**
 * How a gradient came about, from the best to the worst:
 * - `exact`: the derivative of what is computed;
 * - `surrogate`: the derivative of something differentiable that stands in for it (BPDA with a stand-in);
 * - `identity`: the step was passed over as if it changed nothing (BPDA with the identity);
 * - `estimated`: from scores alone (NES, SPSA).
 */
export type GradientKind = 'exact' | 'surrogate' | 'identity' | 'estimated'

const order: readonly GradientKind[] = ['exact', 'surrogate', 'identity', 'estimated']

/** The kind of a chain of gradients: that of its weakest link; `exact` for an empty chain. */
export const weakest = (...kinds: readonly GradientKind[]): GradientKind =>
  order[Math.max(0, ...kinds.map((kind) => order.indexOf(kind)))]!
