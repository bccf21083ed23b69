import { addCropped, addKept, type Cut, cropped, kept, tiles, turn } from '@cupel/core'
import type { Picture, Prior } from './prior.js'

/**
 * The prior, asked about one tile after another where a picture is larger than a tile; their answers are blended. Memory is that
 * of a tile. With a `reach` of the prior's radius the answer is the same as without tiles; for a prior of infinite radius it is not. Between tiles the
 * signal is checked.
 */
export function tiled(prior: Prior, cut: Cut): Prior {
  const blank = ({ width, height }: Picture): Picture => ({ width, height, data: new Float32Array(3 * width * height) })
  return {
    radius: prior.radius,
    async predict(picture, level, signal) {
      const noise = blank(picture)
      let range: Picture | undefined
      for (const tile of tiles(picture, cut)) {
        await turn(signal)
        const part = cropped(picture, tile)
        const answer = await prior.predict(part, level, signal)
        addKept(noise, { ...part, data: answer.noise }, tile)
        if (!answer.range) continue
        range ??= blank(picture)
        addKept(range, { ...part, data: answer.range }, tile)
      }
      return { noise: noise.data, ...(range && { range: range.data }) }
    },
    async pullback(picture, level, { noise, range }, signal) {
      const gradient = blank(picture)
      for (const tile of tiles(picture, cut)) {
        await turn(signal)
        const part = cropped(picture, tile)
        const share = (data: Float32Array): Float32Array => kept({ ...picture, data }, tile).data
        const weighted = { noise: share(noise), ...(range && { range: share(range) }) }
        addCropped(gradient, { ...part, data: await prior.pullback(part, level, weighted, signal) }, tile)
      }
      return gradient.data
    },
    dispose: () => prior.dispose(),
  }
}
