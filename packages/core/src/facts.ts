import type { GradientKind } from './gradient.js'
import type { Better } from './interface.js'
import type { WeightsTable } from './weights.js'

/** The three kinds of plugin. */
export type Kind = 'metric' | 'attack' | 'defence'

/** A fact known before anything is opened: a value, or a function of the resolved options. */
export type Fact<O, T> = T | ((options: O) => T)

/** What an attack asks of its target. */
export type Needs = 'nothing' | 'score' | 'gradient'

/** What the strength of an attack is measured in. */
export type Measure = 'linf' | 'ssim' | 'psnr' | 'pixels'

/** The one option that sets an attack's strength. */
export interface Knob {
  /** Its name among the options. */
  readonly option: string
  /** What it moves. For `linf` and `pixels` more is stronger, for `ssim` and `psnr` less. */
  readonly measure: Measure
  /** The least and the greatest sensible value of the option; a greater one makes a stronger attack. */
  readonly range: readonly [number, number]
  /** Whether the option takes whole numbers only; false unless told. */
  readonly whole?: boolean
  /** Whether the option is a bound on the measure itself, so that no trial is needed to set a strength; false unless told. */
  readonly budget?: boolean
}

/** Facts of every plugin. */
export interface CommonFacts {
  /** Files that must be there before it can be opened. */
  readonly weights: WeightsTable
  /** The least side in pixels of an image that it accepts. */
  readonly minimumSize: number
}

/** What planning needs to know of each kind of plugin, resolved for some options. */
export interface Facts {
  readonly metric: CommonFacts & {
    readonly better: Better
    readonly range: readonly [number, number]
    /** The kind of its gradient; undefined when it gives scores only. */
    readonly gradient: GradientKind | undefined
  }
  readonly attack: CommonFacts & {
    /** What it asks of its target; the result of an attack that needs nothing is the same for every metric. */
    readonly needs: Needs
    /** Whether the result depends on the seed. */
    readonly random: boolean
    readonly knob: Knob | undefined
  }
  readonly defence: CommonFacts & {
    readonly random: boolean
    readonly changesSize: boolean
    /** What becomes of images by their size, as a part of a sentence: `any`, or what is run whole, cut into tiles or refused. */
    readonly sizes: string
    /** The kind of its pullback; undefined when it has none. */
    readonly gradient: GradientKind | undefined
  }
}
