import { defineAttack, Unavailable, z } from '@cupel/core'

/** Trained, with a knob; FRAGILE says where it breaks: `prepare`, `run`, or for want of a `device`. */
export default defineAttack({
  name: 'fragile',
  summary: 'adds eps, where nothing breaks it',
  options: z.object({ eps: z.number().min(0).max(1).default(0.01).describe('what is added') }),
  needs: 'score',
  knob: { option: 'eps', measure: 'linf', range: [0.5 / 255, 20 / 255] },
  async prepare() {
    if (process.env.FRAGILE === 'prepare') throw new Error('nothing could be learned')
    return new Uint8Array(1)
  },
  create: ({ eps }) => ({
    async run(image) {
      if (process.env.FRAGILE === 'run') throw new Error('fell to pieces')
      if (process.env.FRAGILE === 'device') throw new Unavailable('fragile needs a device that is not here')
      return { ...image, data: image.data.map((v) => Math.min(1, v + eps)) }
    },
  }),
})
