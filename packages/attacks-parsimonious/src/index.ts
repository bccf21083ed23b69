/**
 * Parsimonious attack: every block of every channel is either -eps or +eps, and a lazy greedy local search flips
 * blocks one by one, from large blocks to ever smaller ones.
 *
 * Moon, An, Song, "Parsimonious black-box adversarial attacks via efficient combinatorial optimization", ICML 2019,
 * arXiv:1905.06635.
 * Differs from the reference in blocks that are laid over the image itself (the reference lays them over 256 x 256
 * and resizes), and in not asking twice for the gain of a flip when nothing was flipped in between.
 */
import { defineAttack, type Image, z } from '@cupel/core'
import { budget, type Oracle, oracle, perturbed, queries } from '@cupel/descent'

const options = z.object({
  eps: budget()
    .default(12 / 255)
    .describe('L-infinity budget, in 0..1 or as k/255; rounded down to the 8-bit grid'),
  queries: queries().default(10_000).describe('scores that may be asked for'),
  block: z.int().min(1).max(4096).default(32).describe('side of the first blocks in pixels; halved pass by pass'),
  batch: z.int().min(1).max(100_000).default(64).describe('blocks that compete at a time'),
})

/** The values of one block of one channel: their positions in the image's data. */
type Block = readonly number[]

/** All blocks of `side` pixels, smaller ones at the right and lower border. */
function blocksOf({ width, height }: Image, side: number): Block[] {
  const [across, down] = [Math.ceil(width / side), Math.ceil(height / side)]
  return Array.from({ length: 3 * down * across }, (_, k) => {
    const [c, top, left] = [
      Math.floor(k / (down * across)),
      side * (Math.floor(k / across) % down),
      side * (k % across),
    ]
    const block: number[] = []
    for (let y = top; y < Math.min(height, top + side); y++)
      for (let i = left; i < Math.min(width, left + side); i++) block.push((c * height + y) * width + i)
    return block
  })
}

const flip = (p: Float32Array, block: Block): void => {
  for (const i of block) p[i] = -p[i]!
}

/** A perturbation and its loss, improved in place by flips. */
interface Search {
  readonly p: Float32Array
  loss: number
  flips: number
}

/** Lazy greedy: flips whichever of `blocks` lowers the loss most, until none does; each at most once. */
async function flipGreedily(search: Search, blocks: readonly Block[], asked: Oracle, x: Image): Promise<void> {
  const { p } = search
  const change = async (block: Block): Promise<number> => {
    flip(p, block)
    const loss = await asked.loss(perturbed(x, p))
    flip(p, block)
    return loss - search.loss
  }
  const queue: { readonly block: Block; readonly change: number; readonly flips: number }[] = []
  const enqueue = async (block: Block): Promise<void> => {
    const entry = { block, change: await change(block), flips: search.flips }
    const place = queue.findIndex((other) => other.change > entry.change)
    queue.splice(place < 0 ? queue.length : place, 0, entry)
  }
  for (const block of blocks) {
    if (asked.left === 0) break
    await enqueue(block)
  }
  for (let best = queue.shift(); best; best = queue.shift()) {
    if (best.flips !== search.flips) {
      // Stale: what it is worth now decides where it stands.
      if (asked.left === 0) return
      await enqueue(best.block)
    } else if (best.change < 0) {
      flip(p, best.block)
      search.loss += best.change
      search.flips++
    } else return
  }
}

/** S <- S with a block inserted or deleted, p = +eps on S and -eps elsewhere, while L_adv(clip(x + p, 0, 1)) falls. */
export const parsimonious = defineAttack({
  name: 'parsimonious',
  summary: 'black-box: local search over blocks of plus and minus eps',
  paper: 'Moon, An, Song, Parsimonious black-box adversarial attacks, ICML 2019, arXiv:1905.06635',
  options,
  variants: { 'parsimonious-1000': { queries: 1000 } },
  needs: 'score',
  random: true,
  knob: { option: 'eps', measure: 'linf', range: [1 / 255, 32 / 255], budget: true },
  create: ({ eps, queries, block, batch }) => ({
    async run(x, target, { random, signal }) {
      if (eps === 0) return x
      const asked = oracle(target, queries, { signal })
      const p = new Float32Array(x.data.length).fill(-eps)
      const search: Search = { p, loss: await asked.loss(perturbed(x, p)), flips: 0 }
      for (let pass = 0, side = block; asked.left > 0; pass++, side = Math.max(1, Math.floor(side / 2))) {
        const blocks = blocksOf(x, side)
        const order = Array.from(random.fork('order', pass).permutation(blocks.length), (k) => blocks[k]!)
        for (let from = 0; from < order.length && asked.left > 0; from += batch) {
          const rivals = order.slice(from, from + batch)
          // First insertions into S, then deletions from it.
          await flipGreedily(
            search,
            rivals.filter((rival) => p[rival[0]!]! < 0),
            asked,
            x,
          )
          await flipGreedily(
            search,
            rivals.filter((rival) => p[rival[0]!]! > 0),
            asked,
            x,
          )
        }
      }
      return perturbed(x, p)
    },
  }),
})

export default parsimonious
