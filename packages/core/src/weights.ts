import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { Unavailable } from './errors.js'

/** A file of trained parameters that is not part of a package. */
export interface Weights {
  /**
   * Its name in the weights folder; unique among all plugins, shared when two plugins name the same file. An absolute path is a file of
   * the user's own, wherever it is.
   */
  readonly file: string
  /** Where it can be downloaded directly (http or https), mirrors in the order in which they are tried. */
  readonly url?: string | readonly string[]
  /** How a person gets it where there is no direct address. */
  readonly instructions?: string
  /** Hex; absent when the authors publish none and the file has not been seen: what is first used then counts from then on. */
  readonly sha256?: string
  /** Its exact size; absent when it is not known. */
  readonly bytes?: number
  readonly licence: string
  /** Whose it is, as they want to be cited. */
  readonly citation?: string
}

/** Weights by the name that the plugin gives them. */
export type WeightsTable = Readonly<Record<string, Weights>>

/** The folder of weights: `weights` in CUPEL_CACHE, else in cupel under XDG_CACHE_HOME, else in ~/.cache/cupel. */
export function weightsFolder(): string {
  const { CUPEL_CACHE, XDG_CACHE_HOME } = process.env
  return join(CUPEL_CACHE || join(XDG_CACHE_HOME || join(homedir(), '.cache'), 'cupel'), 'weights')
}

/** Where a weights file is on this machine, or would be. */
export const weightsPath = ({ file }: Weights): string => resolve(weightsFolder(), file)

/** The addresses that a weights file can be downloaded from, in the order in which they are tried; none when a person must fetch it. */
export const weightsAddresses = ({ url = [] }: Weights): readonly string[] => [url].flat()

/** The command, wherever it is typed: the runner that a project has, else npx fetches one. */
const COMMAND = 'npx --package @cupel/runner cupel'

/** How a person brings a weights file: where it is, and the command after that. */
export function getByHand(weights: Weights): string {
  const [address] = weightsAddresses(weights)
  const found = weights.instructions ?? (address ? `open ${address} in a browser` : 'ask its authors for it')
  return `${found}; then: ${COMMAND} weights add PATH --as ${weights.file}`
}

/** What brings a weights file: the command that downloads it, or how a person does where there is no direct address. */
export const howToGet = (weights: Weights): string =>
  weightsAddresses(weights).length > 0 ? `get it with: ${COMMAND} weights pull ${weights.file}` : getByHand(weights)

/**
 * The path of a weights file that is there.
 *
 * @throws {Unavailable} when it is not, naming the file, its place and the command that brings it
 */
export function presentWeights(plugin: string, weights: Weights): string {
  const path = weightsPath(weights)
  if (existsSync(path)) return path
  throw new Unavailable(
    `${plugin} needs the weights file ${weights.file}, which is not in ${weightsFolder()}; ${howToGet(weights)}`,
  )
}
