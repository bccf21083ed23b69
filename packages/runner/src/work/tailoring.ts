import { createRandom, type Image, type Measure, type Plugin, presentWeights, type Setup } from '@cupel/core'
import { readImage } from '@cupel/image'
import canonicalize from 'canonicalize'
import { type Chosen, rekeyed } from '../plugins/select.js'
import { type Attempt, met, type Open, objectiveOf, runAttack, type Tick } from './attacking.js'
import { type Distance, psnrOf, type SourceImage } from './job.js'
import { distance } from './perform.js'

/** What an attack is made ready with, before it meets the images of a run: some images, none of them evaluated where it is trained. */
export interface Preliminary extends Attempt {
  readonly key: string
  readonly target: Chosen<'metric'>
  readonly images: readonly SourceImage[]
  readonly device: Setup['device']
}

/** How strong attacks are to be: a value of one measure. */
export interface Strength {
  readonly measure: Measure
  readonly value: number
}

/** What a knob was set to, and what it does there, over the images it was set on. */
export interface Calibration {
  readonly knob: number
  /** The measure at that knob: greatest L-infinity or number of changed pixels, mean SSIM or PSNR. */
  readonly achieved: number
  /** Whether the strength asked for lies within what the knob can reach. */
  readonly reached: boolean
  /** Mean signed change of the score, in units of the metric's range, positive for better. */
  readonly gain: number
  readonly ssim: number
  readonly psnr: number
  readonly linf: number
}

/**
 * Trains an attack for a metric (behind the defence that an adaptive attacker knows) and an objective of one direction.
 *
 * @returns the artefact that the attack is opened with from then on
 */
export async function prepare(task: Preliminary, open: Open, tick: Tick, signal: AbortSignal): Promise<Uint8Array> {
  const { attack, images, objective, seed, device } = task
  const { default: plugin }: { default: Plugin<'attack'> } = await import(attack.url)
  const random = createRandom(seed).fork('prepare', attack.plugin, attack.options)
  async function* pictures(): AsyncIterable<Image> {
    for (const { path } of images) {
      tick()
      yield await readImage(path)
    }
  }
  const setup: Setup = {
    device,
    weights: async (name) => presentWeights(plugin.name, attack.facts.weights[name]!),
  }
  const wanted = objectiveOf(await met(task, random, open, tick, signal), objective)
  return plugin.prepare!(JSON.parse(attack.options), setup, wanted, pictures(), { random, signal })
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length

/** Pixels with any channel changed. */
function changedPixels(a: Image, b: Image): number {
  const area = a.width * a.height
  let count = 0
  for (let i = 0; i < area; i++) {
    if ([0, area, 2 * area].some((plane) => a.data[plane + i] !== b.data[plane + i])) count++
  }
  return count
}

/** The attack with its knob turned: what a variant with that value would be. */
export function turned(attack: Chosen<'attack'>, knob: number): Chosen<'attack'> {
  const options = { ...JSON.parse(attack.options), [attack.facts.knob!.option]: knob }
  return { ...attack, options: canonicalize(options)!, key: rekeyed(attack.key, { options }) }
}

/** What a knob that is a budget is set to. */
export const budgetOf = ({ facts }: Chosen<'attack'>, { value }: Strength): number =>
  facts.knob!.whole ? Math.floor(value) : value

/** How far from a strength a knob may end and still have reached it: less than a level of 8 bits, a share, decibels. */
const TOLERANCE: Readonly<Record<Measure, (value: number) => number>> = {
  linf: () => 0.99 / 255,
  ssim: () => 0.005,
  psnr: () => 0.5,
  pixels: (value) => 0.02 * value,
}

/**
 * Sets an attack's knob so that it is as strong as can be without exceeding a strength: the greatest L-infinity or number of changed pixels of
 * any image stays at or below it, the mean SSIM or PSNR at or above it. Bisection on a logarithmic scale; knobs turn up to be stronger.
 * A budget is the strength.
 */
export async function calibrate(
  task: Preliminary,
  strength: Strength,
  open: Open,
  tick: Tick,
  signal: AbortSignal,
): Promise<Calibration> {
  const metric = await open(task.target)
  const sign = metric.better === 'higher' ? 1 : -1
  const range = Math.abs(metric.range[1] - metric.range[0])
  const sources = await Promise.all(
    task.images.map(async (image) => ({ ...image, pixels: await readImage(image.path) })),
  )
  const clean = new Map<string, number>()
  for (const { path, pixels } of sources) clean.set(path, await metric.score(pixels))

  async function measured(knob: number): Promise<Calibration> {
    const attempt = { ...task, attack: turned(task.attack, knob) }
    const distances: Distance[] = []
    const changed: number[] = []
    const moved: number[] = []
    for (const { path, sha256, pixels } of sources) {
      const { stored } = await runAttack(attempt, pixels, sha256, open, signal, tick)
      distances.push(distance(stored, pixels))
      changed.push(changedPixels(stored, pixels))
      moved.push((sign * ((await metric.score(stored)) - clean.get(path)!)) / range)
    }
    const linf = Math.max(...distances.map((one) => one.linf))
    const ssim = mean(distances.map((one) => one.ssim))
    const db = mean(distances.map(psnrOf))
    const achieved = { linf, ssim, psnr: db, pixels: Math.max(...changed) }[strength.measure]
    return { knob, achieved, reached: true, gain: mean(moved), ssim, psnr: db, linf }
  }

  const weaker = strength.measure === 'linf' || strength.measure === 'pixels' ? 1 : -1
  // The grid of 8 bits in floats is not exact.
  const within = ({ achieved }: Calibration): boolean => weaker * (achieved - strength.value) <= 1e-6
  const { whole = false, budget = false, range: ends } = task.attack.facts.knob!
  const [lowest, highest] = ends
  const rounded = (knob: number): number => (whole ? Math.round(knob) : knob)
  const judged = (found: Calibration): Calibration => ({
    ...found,
    reached: within(found) && Math.abs(found.achieved - strength.value) <= TOLERANCE[strength.measure](strength.value),
  })

  if (budget) return judged(await measured(budgetOf(task.attack, strength)))
  let best = await measured(rounded(lowest))
  if (!within(best)) return judged(best)
  const strongest = await measured(rounded(highest))
  if (within(strongest)) return judged(strongest)
  let [low, high] = [Math.max(lowest, highest / 1e4), highest]
  for (let i = 0; i < 9 && rounded(low) !== rounded(high); i++) {
    const middle = rounded(Math.sqrt(low * high))
    if (whole && (middle === rounded(low) || middle === rounded(high))) break
    const here = await measured(middle)
    if (within(here)) [best, low] = [here, middle]
    else high = middle
  }
  return judged(best)
}
