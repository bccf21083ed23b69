import { type Context, defineDefence, type Purified, resize } from '@cupel/core'
import { coarse, gamma, window } from '../good/defences.js'
import { any, type Broken, count, defence, facts, flat, once, poked, purifying, unabortable } from './tampered.js'

export const brokenDefences: readonly Broken[] = [
  {
    clause: 'gives an image',
    how: 'a value above 1',
    plugin: purifying((purified) =>
      purified.width === 64 && !flat(purified) ? { data: poked(purified.data, 1.001) } : {},
    ),
  },
  {
    clause: 'accepts odd sides',
    how: 'NaN at odd sides',
    plugin: purifying((purified) => (purified.width === 223 ? { data: poked(purified.data, Number.NaN) } : {})),
  },
  {
    clause: 'accepts odd sides',
    how: 'purifies below its least size',
    plugin: defence(() => ({}), facts(coarse, { minimumSize: 16 })),
  },
  {
    clause: 'the size changes',
    how: 'states a change and makes none',
    plugin: defence(() => ({}), facts(coarse, { changesSize: true })),
  },
  {
    clause: 'the size changes',
    how: 'does not state the change',
    plugin: defence(() => ({}), facts(window, { changesSize: false }), window),
  },
  {
    clause: 'does not change its input',
    how: 'purify writes into it',
    plugin: defence(({ purify }) => ({
      async purify(image, context) {
        const purified = await purify(image, context)
        if (image.width === 64) image.data[0] = 0
        return purified
      },
    })),
  },
  {
    clause: 'does not change its input',
    how: 'pullback scales what it is given',
    plugin: purifying(({ pullback }) => ({
      async pullback(gradient) {
        const back = await pullback!(gradient)
        if (gradient.length === 3 * 64 * 48) gradient[0]! *= 2
        return back
      },
    })),
  },
  {
    clause: 'the same seed gives the same bytes',
    how: 'a stream shared by its calls',
    plugin: purifying(
      (purified) => (purified.width === 64 ? { data: poked(purified.data, 0.5 + 1e-5 * count()) } : {}),
      facts(coarse, { random: true }),
    ),
  },
  {
    clause: 'the same seed gives the same bytes',
    how: 'calls share a field',
    plugin: defence(
      ({ purify }) => {
        let current: Context
        return {
          async purify(image, context) {
            current = context!
            await undefined
            return purify(image, current)
          },
        }
      },
      {},
      window,
    ),
  },
  {
    clause: 'the result depends on the seed',
    how: 'states random and is not',
    plugin: defence(() => ({}), facts(coarse, { random: true })),
  },
  {
    clause: 'the result depends on the seed',
    how: 'is random and does not say so',
    plugin: defence(() => ({}), facts(window, { random: false }), window),
  },
  {
    clause: 'does not begin',
    how: 'does not look at the signal',
    plugin: defence(({ purify }) => ({ purify: (image, context) => purify(image, unabortable(context)) })),
  },
  {
    clause: 'register carries',
    how: 'the original as it is, beside a crop',
    plugin: purifying(() => ({ register: async (original) => original }), {}, window),
  },
  {
    clause: 'it has a pullback exactly',
    how: 'another kind than stated',
    plugin: defence(() => ({}), facts(coarse, { gradient: 'identity' })),
  },
  {
    clause: 'it has a pullback exactly',
    how: 'one that it does not state',
    plugin: defence(() => ({}), facts(coarse, { gradient: undefined })),
  },
  {
    clause: 'its pullback is finite',
    how: 'values of the purified size',
    plugin: any(
      defineDefence({
        name: 'half',
        summary: 'half the size',
        changesSize: true,
        gradient: 'identity',
        create: () => ({
          purify: async (image) => ({
            ...resize(image, { width: Math.ceil(image.width / 2), height: Math.ceil(image.height / 2) }),
            pullback: async (gradient) => ({ gradient, kind: 'identity' }),
          }),
        }),
      }),
    ),
  },
  {
    clause: 'an exact pullback',
    how: 'of a linear defence, wrong in one pixel',
    plugin: purifying(({ pullback }) => ({
      async pullback(gradient) {
        const back = await pullback!(gradient)
        return { ...back, gradient: poked(back.gradient, 0) }
      },
    })),
  },
  {
    clause: 'an exact pullback',
    how: 'of a smooth defence, passed over',
    plugin: purifying(() => ({ pullback: async (gradient) => ({ gradient, kind: 'exact' }) }), {}, gamma),
  },
  {
    clause: 'an exact pullback',
    how: 'of the last draw instead of its own',
    plugin: defence(
      ({ purify }) => {
        let last: Purified
        return {
          async purify(image, context) {
            last = await purify(image, context)
            return {
              ...last,
              pullback: async (gradient) => {
                const { gradient: own } = await last.pullback!(gradient)
                return { gradient: own, kind: 'exact' }
              },
            }
          },
        }
      },
      {},
      window,
    ),
  },
  {
    clause: 'can be disposed of',
    how: 'not twice',
    plugin: defence(once),
  },
]
