import { setTimeout } from 'node:timers/promises'
import { defineAttack, z } from '@cupel/core'
import { called } from './counting.mjs'

/** Trained: the mean sign of the gradients at the training images, one number a column, applied to any image. */
export default defineAttack({
  name: 'learned',
  summary: 'a column pattern learned from training images',
  options: z.object({ passes: z.int().default(1), pause: z.number().default(0) }),
  variants: { 'learned-slowly': { passes: 6, pause: 300 } },
  needs: 'gradient',
  async prepare({ passes, pause }, _, target, images) {
    const sums = new Float32Array(48)
    const kept = []
    const s = target.better === 'higher' ? 1 : -1
    for await (const image of images) {
      called('prepare', image)
      kept.push(image)
    }
    for (let k = 0; k < passes * kept.length; k++) {
      await setTimeout(pause)
      const { gradient } = await target.gradient(kept[k % kept.length])
      for (let i = 0; i < gradient.length; i++) sums[i % 48] += s * Math.sign(gradient[i])
    }
    return new Uint8Array(Float32Array.from(sums, Math.sign).buffer)
  },
  create: (_, { prepared }) => {
    if (!prepared) throw new Error('learned was opened before it was prepared')
    const pattern = new Float32Array(new Uint8Array(prepared).buffer)
    return {
      run: async (image) => ({
        ...image,
        data: image.data.map((v, i) => Math.min(1, Math.max(0, v + (4 / 255) * pattern[i % image.width]))),
      }),
    }
  },
})
