import type { Device, GradientKind, Notes } from '@cupel/core'
import type { Chosen } from '../plugins/select.js'
import type { Status } from '../rows.js'

/** An image of a run that could be read. */
export interface SourceImage {
  /** As the run names it. */
  readonly name: string
  readonly path: string
  /** Digest of its 8-bit pixels: what it is, whatever it is called. */
  readonly sha256: string
  readonly width: number
  readonly height: number
}

/** What an attack is asked to do to the score. */
export type Objective = 'improve' | 'worsen' | 'either' | `toward=${number}`

/** One score of a purified image. */
export interface Reading {
  readonly key: string
  readonly metric: Chosen<'metric'>
}

/** One draw of one defence on the job's attacked image, and the scores that are wanted of it. */
export interface Assay {
  readonly key: string
  readonly defence: Chosen<'defence'>
  readonly draw: number
  readonly readings: readonly Reading[]
}

/** The unit of work: one attack on one image, then every defence on what it made. Plain data, so that it crosses processes. */
export interface Job {
  /** Key of its attack step. */
  readonly key: string
  readonly image: SourceImage
  readonly attack: Chosen<'attack'>
  /** Absent when the attack asks nothing of a target. */
  readonly target?: Chosen<'metric'>
  /** The defence that an adaptive attacker knows. */
  readonly known?: { readonly defence: Chosen<'defence'>; readonly samples: number }
  readonly objective: Objective
  readonly seed: number
  readonly device: Device
  /** The attacked image when an earlier run made it: no attack is run then. */
  readonly attacked?: string
  readonly assays: readonly Assay[]
  /** Whether purified images are sent along, to be looked at. */
  readonly display: boolean
}

/** How close an image is to another. */
export interface Distance {
  readonly ssim: number
  readonly mse: number
  readonly linf: number
  readonly l2: number
}

/** The peak signal-to-noise ratio in decibels; infinite for equal images. */
export const psnrOf = ({ mse }: Distance): number => -10 * Math.log10(mse)

/** How something ended that did not succeed. */
export interface Failure {
  readonly status: Status
  readonly reason: string
}

interface Outcome extends Failure {
  readonly key: string
}

/** What the store remembers of an attack step. */
export interface AttackRecord extends Outcome {
  readonly step: 'attack'
  /** For people who read the store: not used to find anything. */
  readonly attack: string
  readonly metric: string
  readonly source: string
  /** Content hash of the attacked image in the store; empty unless ok. */
  readonly image: string
  readonly ms: number | null
  /** Milliseconds that comparing it with the source took. */
  readonly compare_ms: number | null
  readonly distance: Distance | null
  readonly score_queries: number | null
  readonly gradient_queries: number | null
  readonly gradient_kind: GradientKind | ''
  readonly notes: Notes
}

export interface ReadingRecord extends Outcome {
  readonly metric: string
  readonly score: number | null
  readonly ms: number | null
}

/** What the store remembers of a purification and of the scores taken of it: one record, so that neither is kept without the other. */
export interface AssayRecord extends Outcome {
  readonly step: 'assay'
  /** Key of the attack step whose image was purified. */
  readonly attack: string
  readonly defence: string
  readonly source: string
  readonly draw: number
  readonly ms: number | null
  readonly compare_ms: number | null
  readonly width: number | null
  readonly height: number | null
  readonly distance: Distance | null
  /** Beside the source in the purified frame. */
  readonly registered: Distance | null
  readonly readings: readonly ReadingRecord[]
  readonly notes: Notes
  /** Content hash of the 8-bit purified image, kept for display only; empty where it is not kept. */
  readonly image: string
}

export type StepRecord = AttackRecord | AssayRecord

/** What a worker tells the coordinator. A `begin` names the step that is under way, for timeouts and crashes; a `tick` says that work goes on. */
export type Message =
  | { readonly type: 'tick' }
  | { readonly type: 'begin'; readonly step: 'attack' | 'assay'; readonly key: string }
  | { readonly type: 'end'; readonly record: StepRecord; readonly png?: Uint8Array }
