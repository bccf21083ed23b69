import type { GradientKind } from './gradient.js'
import type { Image } from './image.js'
import type { Random } from './random.js'

/** Where networks run. */
export type Device = 'cpu' | 'cuda' | 'webgpu'

/** Which scores mean better quality. */
export type Better = 'higher' | 'lower'

/** What a computation is given beside its images. */
export interface Context {
  /** The only source of randomness that a plugin may use. */
  readonly random: Random
  /** Aborted when the result is not wanted any more; long work checks it between its steps. */
  readonly signal: AbortSignal
}

/** What a plugin is given when it is opened. */
export interface Setup {
  readonly device: Device
  /**
   * The path of a file that the plugin declared under `weights`.
   * @throws Unavailable when it is not on this machine, saying how to get it
   */
  weights(name: string): Promise<string>
  /** What `prepare` returned, for attacks that have one. */
  readonly prepared?: Uint8Array
}

/** A score and its derivative. */
export interface ScoreGradient {
  readonly score: number
  /** d score / d image, laid out as {@link Image.data}. */
  readonly gradient: Float32Array
  readonly kind: GradientKind
}

/** A no-reference image-quality metric, opened. */
export interface Metric {
  readonly better: Better
  /** [low, high] in the metric's own units. It normalises differences (r = high - low); scores may leave it. */
  readonly range: readonly [number, number]
  /** The quality of one image, in the metric's own units; finite. */
  score(image: Image): Promise<number>
  /** Absent when the metric has no gradient. */
  gradient?(image: Image): Promise<ScoreGradient>
  /** Frees sessions and workers. The metric must not be used afterwards. */
  dispose?(): Promise<void>
}

/** What a result's row should carry: the knob reached, a count. `flag` names a reason for caution, or several with spaces between them. */
export type Notes = Readonly<Record<string, string | number>>

/** An attacked image: same sides as the source, values in 0..1. */
export interface Attacked extends Image {
  readonly notes?: Notes
}

/** A way of making an image that the target scores as better than it is, opened. */
export interface Attack {
  /**
   * Improves the target's score of `image`: raises it if higher is better, else lowers it.
   * Other objectives are other targets (`lowered`, `toward`), so that no attack knows of them.
   */
  run(image: Image, target: Metric, context?: Context): Promise<Attacked>
  dispose?(): Promise<void>
}

/** A purified image, and what belongs to this very draw of the defence. */
export interface Purified extends Image {
  readonly notes?: Notes
  /**
   * Vector-Jacobian product: from d L / d purified to d L / d input.
   * @param gradient laid out as the purified image's data; the result is laid out as the input's
   */
  pullback?(gradient: Float32Array): Promise<{ readonly gradient: Float32Array; readonly kind: GradientKind }>
  /** Carries the original into the frame of the purified image (same crop, same rotation), so that the two can be compared. */
  register?(original: Image): Promise<Image>
}

/** A purification: cleans an image before it is scored, opened. */
export interface Defence {
  /** @param context without one the seed is 0 and nothing aborts */
  purify(image: Image, context?: Context): Promise<Purified>
  dispose?(): Promise<void>
}
