import { defineAttack } from '@cupel/core'
import { called } from './counting.mjs'

/** Trained: the mean sign of the gradients at the training images, one number a column, applied to any image. */
export default defineAttack({
  name: 'learned',
  summary: 'a column pattern learned from training images',
  needs: 'gradient',
  async prepare(_, __, target, images) {
    const sums = new Float32Array(48)
    for await (const image of images) {
      called('prepare', image)
      const { gradient } = await target.gradient(image)
      for (let i = 0; i < gradient.length; i++) sums[i % image.width] += Math.sign(gradient[i])
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
