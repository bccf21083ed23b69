import { type Context, type Image, type Metric, turn } from '@cupel/core'

/** A target that is asked for scores only, and only so often. */
export interface Oracle extends Metric {
  /** Queries that may still be made. */
  readonly left: number
  /** L_adv = 1 - s f(x) / r of an image, for one query; the lower, the better the score. */
  loss(image: Image): Promise<number>
}

/**
 * `target` behind a budget of queries, without its gradient.
 *
 * @param queries how often it may be asked; once more is an error of the attack
 * @throws from its methods, what `context.signal` was aborted with
 */
export function oracle(target: Metric, queries: number, { signal }: Pick<Context, 'signal'>): Oracle {
  const s = target.better === 'higher' ? 1 : -1
  const r = Math.abs(target.range[1] - target.range[0])
  let left = queries
  async function score(image: Image): Promise<number> {
    await turn(signal)
    if (left-- === 0) throw new Error(`asked for more than its ${queries} queries`)
    return target.score(image)
  }
  return {
    better: target.better,
    range: target.range,
    score,
    loss: async (image) => 1 - (s * (await score(image))) / r,
    get left() {
      return left
    },
  }
}

/**
 * Random search: proposes a neighbour of the best state so far and keeps it if its image has a lower loss, until the
 * queries are spent. It begins at the best of `starts`, which takes a query each; with no query at all the first of
 * them is returned.
 *
 * @param image the image that belongs to a state
 * @param propose the neighbour to try in iteration t = 1, 2, ...
 */
export async function randomSearch<State>(
  target: Oracle,
  starts: readonly [State, ...State[]],
  image: (state: State) => Image,
  propose: (best: State, t: number) => State,
): Promise<State> {
  let [best] = starts
  let least = Infinity
  const visit = async (state: State): Promise<void> => {
    const loss = await target.loss(image(state))
    if (loss < least) [best, least] = [state, loss]
  }
  for (const start of starts) if (target.left > 0) await visit(start)
  for (let t = 1; target.left > 0; t++) await visit(propose(best, t))
  return best
}

/** Iterations, of 10,000, after which the share that a proposal changes is halved. */
const halvings = [10, 50, 200, 500, 1000, 2000, 4000, 6000, 8000]

/**
 * The piecewise constant schedule of the Square attack and of Sparse-RS: `p` halved nine times, the iterations scaled
 * to the budget.
 *
 * @param t the iteration
 * @param budget all iterations
 */
export const halved = (p: number, t: number, budget: number): number =>
  p / 2 ** halvings.filter((end) => Math.floor((t / budget) * 10_000) > end).length
