import { type Attacked, type Context, type Image, joinedNotes, turn } from '@cupel/core'
import type { Constraint } from './constraints.js'
import type { Loss, Slope } from './loss.js'
import type { Optimiser } from './optimisers.js'

interface Descent {
  /** Iterations, each one gradient. */
  readonly steps: number
  readonly optimiser: Optimiser
  readonly context: Pick<Context, 'signal'>
  /**
   * Which of the points visited is the result: the last (unless told), or the one of least loss, at the cost of one
   * more evaluation.
   */
  readonly keep?: 'last' | 'best'
}

/** Where a descent ended. */
export interface Descended {
  readonly variable: Float32Array
  /** Whether there was no direction to go from the start: the metric is flat there, or the gradient zero everywhere. */
  readonly stuck: boolean
  /** Whether gradients on the way held values that are not numbers. */
  readonly nan: boolean
}

// On its own, since a loop within an async function runs at half the speed.
const add = (sum: Float32Array, other: Float32Array): void => {
  for (let i = 0; i < sum.length; i++) sum[i] = sum[i]! + other[i]!
}

/**
 * Lowers a loss of any variable by gradient steps: variable <- constrain(variable + optimiser(gradient)).
 *
 * @param constrain brings a new value of the variable back to where it is allowed to be, in place
 * @param start the first value of the variable; it is not changed
 * @throws what `context.signal` was aborted with, between two steps
 */
export async function descend(
  start: Float32Array,
  loss: (variable: Float32Array) => Promise<Slope>,
  { steps, optimiser, context, keep = 'last', constrain }: Descent & { constrain?: (variable: Float32Array) => void },
): Promise<Descended> {
  const move = optimiser()
  let variable = start
  let nan = false
  let best = { variable, value: Infinity }
  const visit = ({ value }: Slope): void => {
    if (value < best.value) best = { variable, value }
  }
  for (let t = 0; t < steps; t++) {
    await turn(context.signal)
    const slope = await loss(variable)
    nan ||= slope.nan ?? false
    const flat = slope.flat || slope.gradient.every((value) => value === 0)
    if (t === 0 && flat) return { variable: start, stuck: true, nan }
    visit(slope)
    // The move is ours: it becomes the next value.
    const next = move(slope.gradient)
    add(next, variable)
    constrain?.(next)
    variable = next
  }
  if (keep === 'last') return { variable, stuck: false, nan }
  await turn(context.signal)
  visit(await loss(variable))
  return { variable: best.variable, stuck: false, nan }
}

/** What an attack returns that found no gradient at all: the image as it is, flagged. */
export const unmoved = (image: Image): Attacked => ({ ...image, notes: { flag: 'zero-gradient' } })

/**
 * What an attack returns: the image that `made` makes of where a descent ended, or the source where it could not begin; flagged for
 * that, and where gradients held values that are not numbers.
 */
export function concluded(
  x: Image,
  { variable, stuck, nan }: Descended,
  made: (variable: Float32Array) => Image,
): Attacked {
  const image: Attacked = stuck ? unmoved(x) : made(variable)
  return nan ? { ...image, notes: joinedNotes(image.notes, { flag: 'nan-gradient' }) } : image
}

/** The image clip(x + p, 0, 1). */
export function perturbed(x: Image, p: Float32Array): Image {
  const data = new Float32Array(p.length)
  const source = x.data
  for (let i = 0; i < data.length; i++) data[i] = Math.min(1, Math.max(0, source[i]! + p[i]!))
  return { width: x.width, height: x.height, data }
}

/**
 * Attacks an image x by a perturbation p of its values: the loss is taken at x' = clip(x + p, 0, 1) and its gradient
 * passes straight through the clip, as in the study.
 *
 * @param constraints applied to a start that is given and to p after every step, in this order
 * @param start the first p; zero unless told
 */
export async function perturb(
  x: Image,
  loss: Loss,
  { constraints, start, ...descent }: Descent & { constraints: readonly Constraint[]; start?: Float32Array },
): Promise<Attacked> {
  const constrain = (p: Float32Array): void => {
    for (const constraint of constraints) constraint(p, x)
  }
  const first = start?.slice() ?? new Float32Array(x.data.length)
  if (start) constrain(first)
  const descended = await descend(first, async (p) => loss(perturbed(x, p)), { ...descent, constrain })
  return concluded(x, descended, (p) => perturbed(x, p))
}
