/** The validation library that options are stated in, so that a plugin and core share one copy. */
export { z } from 'zod'
export { chain, defineChain, type Link, link } from './compose/chain.js'
export { type Counted, counted } from './compose/counted.js'
export { type DefendedOptions, defended } from './compose/defended.js'
export { type EstimatedOptions, estimated } from './compose/estimated.js'
export { either, lowered, toward } from './compose/objectives.js'
export { CupelError, isCupelError, isUnavailable, Unavailable } from './errors.js'
export { suggestion, wrong } from './explain.js'
export type { Fact, Facts, Kind, Knob, Measure, Needs } from './facts.js'
export { type GradientKind, weakest } from './gradient.js'
export { checkImage, clamped, digest, fromBytes, type Image, imageOf, quantised, toBytes } from './image.js'
export type {
  Attack,
  Attacked,
  Better,
  Context,
  Defence,
  Device,
  Metric,
  Notes,
  Purified,
  ScoreGradient,
  Setup,
} from './interface.js'
export { mirroredTo } from './mirror.js'
export { noAttack, noDefence } from './none.js'
export { joinedNotes } from './notes.js'
export {
  API,
  type AttackDefinition,
  type Attacker,
  type DefenceDefinition,
  defineAttack,
  defineDefence,
  defineMetric,
  type MetricDefinition,
  type NoOptions,
  type Opened,
  type Plugin,
  type Prepare,
  type Purifier,
  type Scorer,
} from './plugin.js'
export { createRandom, philox, type Random } from './random.js'
export { type Interpolation, type ResizeOptions, resize, resizeAdjoint } from './resize.js'
export { checkOutput, checkWhole, tiledAbove, tiledNotes, wholeUpTo } from './sizes.js'
export { addCropped, addKept, type Cut, cropped, kept, type Span, spans, type Tile, tiles } from './tiles.js'
export { turn } from './turn.js'
export {
  getByHand,
  howToGet,
  presentWeights,
  type Weights,
  type WeightsTable,
  weightsAddresses,
  weightsFolder,
  weightsPath,
} from './weights.js'
