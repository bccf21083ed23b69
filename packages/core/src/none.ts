import { defineAttack, defineDefence } from './plugin.js'

/** The identity as an attack: the attacked image is the source. With it, a clean row is an ordinary row. */
export const noAttack = defineAttack({
  name: 'none',
  summary: 'no attack: the image as it is',
  needs: 'nothing',
  create: () => ({ run: async (image) => image }),
})

/** The identity as a defence: what is scored is the attacked image itself. */
export const noDefence = defineDefence({
  name: 'none',
  summary: 'no defence: the image as it is',
  gradient: 'exact',
  create: () => ({
    purify: async (image) => ({
      ...image,
      pullback: async (gradient) => ({ gradient, kind: 'exact' }),
      register: async (original) => original,
    }),
  }),
})
