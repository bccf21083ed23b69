import { clamped, defineAttack, type Plugin, resize, z } from '@cupel/core'
import { dots, signs, universal } from '../good/attacks.js'
import { any, attack, type Broken, count, facts, flat, once, poked, unabortable } from './tampered.js'

const wrongWayWhere = (better: string): Plugin =>
  attack(({ run }) => ({
    run: (image, target, context) =>
      run(
        image,
        target.better === better ? { ...target, better: better === 'higher' ? 'lower' : 'higher' } : target,
        context,
      ),
  }))

export const brokenAttacks: readonly Broken[] = [
  {
    clause: 'gives an image of the same sides',
    how: 'a value below 0',
    plugin: attack(
      ({ run }) => ({
        async run(image, target, context) {
          const attacked = await run(image, target, context)
          return image.width === 64 && !flat(image) ? { ...attacked, data: poked(attacked.data, -1e-3) } : attacked
        },
      }),
      facts(signs, { knob: undefined }),
    ),
  },
  {
    clause: 'accepts odd sides',
    how: 'odd sides become even',
    plugin: attack(({ run }) => ({
      async run(image, target, context) {
        const attacked = await run(image, target, context)
        return resize(attacked, { width: 2 * Math.ceil(image.width / 2), height: 2 * Math.ceil(image.height / 2) })
      },
    })),
  },
  {
    clause: 'does not change its input',
    how: 'run works in place',
    plugin: attack(({ run }) => ({
      async run(image, target, context) {
        const attacked = await run(image, target, context)
        image.data.set(attacked.data)
        return attacked
      },
    })),
  },
  {
    clause: 'the same seed gives the same bytes',
    how: 'depends on how often it ran',
    plugin: attack(
      ({ run }) => ({
        async run(image, target, context) {
          const attacked = await run(image, target, context)
          return { ...attacked, data: poked(attacked.data, attacked.data[0]! - 1e-5 * count()) }
        },
      }),
      facts(signs, { random: true }),
    ),
  },
  {
    clause: 'the result depends on the seed',
    how: 'states random and is not',
    plugin: attack(() => ({}), facts(signs, { random: true })),
  },
  {
    clause: 'the result depends on the seed',
    how: 'is random and does not say so',
    plugin: attack(
      () => ({}),
      {
        ...facts(dots, { random: false }),
        parse: (given: object) => dots.parse({ queries: 200, pixels: 5, ...given }),
      },
      dots,
    ),
  },
  {
    clause: 'asks of its target',
    how: 'states score and asks for gradients',
    plugin: attack(() => ({}), facts(signs, { needs: 'score' })),
  },
  {
    clause: 'asks of its target',
    how: 'states gradient and asks for scores',
    plugin: attack(() => ({}), facts(dots, { needs: 'gradient' }), dots),
  },
  {
    clause: 'does not begin',
    how: 'only looks at the signal later',
    plugin: attack(({ run }) => ({
      run: (image, target, context) => run(image, target, context?.signal.aborted ? unabortable(context) : context),
    })),
  },
  {
    clause: 'stops soon',
    how: 'looks at the signal when it is done',
    plugin: any(
      defineAttack({
        name: 'deaf',
        summary: 'does not listen',
        needs: 'gradient',
        create: () => ({ run: (image, target, context) => signs().run(image, target, unabortable(context)) }),
      }),
    ),
  },
  {
    clause: 'stops soon',
    how: 'looks at the signal and lets nothing change it',
    plugin: any(
      defineAttack({
        name: 'busy',
        summary: 'keeps the thread to itself',
        needs: 'gradient',
        create: () => ({
          async run(image, target, { signal }) {
            let attacked = image
            for (let k = 0; k < 10; k++) {
              signal.throwIfAborted()
              const { gradient } = await target.gradient!(attacked)
              const step = (target.better === 'higher' ? 1 : -1) / 255
              attacked = clamped({ ...image, data: attacked.data.map((v, i) => v + step * Math.sign(gradient[i]!)) })
            }
            return attacked
          },
        }),
      }),
    ),
  },
  {
    clause: 'its knob moves',
    how: 'a knob that nothing is connected to',
    plugin: attack(
      () => ({}),
      facts(signs, { knob: { option: 'loose', measure: 'linf', range: [0, 1] } }),
      any(
        defineAttack({
          name: 'loose',
          summary: 'ignores its option',
          needs: 'gradient',
          options: z.object({ loose: z.number().default(1).describe('nothing') }),
          create: () => ({ run: (image, target, context) => signs().run(image, target, context) }),
        }),
      ),
    ),
  },
  {
    clause: 'reaches half of the optimum and beats noise where higher is better',
    how: 'worsens it',
    plugin: wrongWayWhere('higher'),
  },
  {
    clause: 'reaches half of the optimum and beats noise where lower is better',
    how: 'worsens it',
    plugin: wrongWayWhere('lower'),
  },
  {
    clause: 'reaches half of the optimum and beats noise where lower is better',
    how: 'a third of the signs are wrong',
    plugin: attack(({ run }) => ({
      async run(image, target, context) {
        const attacked = await run(image, target, context)
        if (target.better === 'higher') return attacked
        const data = attacked.data.map((value, i) => (i % 3 === 0 ? 2 * image.data[i]! - value : value))
        return clamped({ ...image, data })
      },
    })),
  },
  {
    clause: 'preparation gives the same bytes',
    how: 'counts',
    plugin: attack(
      () => ({}),
      {
        prepare: async (...given: Parameters<NonNullable<typeof universal.prepare>>) => {
          const bytes = await universal.prepare!(...given)
          const shift = new Float32Array(bytes.buffer)
          shift[0]! *= 1 + 1e-6 * count()
          return bytes
        },
        ...facts(universal, {}),
      },
      universal,
    ),
  },
  {
    clause: 'can be disposed of',
    how: 'not twice',
    plugin: attack(once),
  },
]
