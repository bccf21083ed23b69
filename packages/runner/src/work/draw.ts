import { createRandom, type Random } from '@cupel/core'
import type { Chosen } from '../plugins/select.js'

/**
 * What a defence draws when it is judged: fixed by the source and not by the attacked image, so that clean and attacked meet the same draw; an
 * adaptive attacker draws otherwise.
 *
 * @param source hash of the source image's pixels
 */
export const evaluationDraw = (
  seed: number,
  { plugin, options }: Chosen<'defence'>,
  source: string,
  draw = 0,
): Random => createRandom(seed).fork('defence', plugin, options, source, draw)
