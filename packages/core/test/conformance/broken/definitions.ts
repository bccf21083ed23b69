import { defineDefence, z } from '@cupel/core'
import { signs } from '../good/attacks.js'
import { roughness } from '../good/metrics.js'
import { any, attack, type Broken, facts, metric } from './tampered.js'

export const brokenDefinitions: readonly Broken[] = [
  {
    clause: 'names are lower-case',
    how: 'an alias in capitals',
    plugin: metric(() => ({}), { aliases: { ROUGH: 'roughness' } }),
  },
  { clause: 'names are lower-case', how: 'another api', plugin: metric(() => ({}), { api: 2 }) },
  { clause: 'its summary', how: 'none', plugin: metric(() => ({}), { summary: '' }) },
  {
    clause: 'every option',
    how: 'no default',
    plugin: metric(() => ({}), {
      options: roughness.options.extend({ more: z.number().optional().describe('x') }),
    }),
  },
  {
    clause: 'every option',
    how: 'no description',
    plugin: any(
      defineDefence({
        name: 'plain',
        summary: 'nothing',
        options: z.object({ strength: z.number().default(1) }),
        create: () => ({ purify: async (image) => ({ ...image }) }),
      }),
    ),
  },
  {
    clause: 'an unknown option',
    how: 'accepts any',
    plugin: metric(() => ({}), { parse: (given = {}) => ({ scale: 1000, ...(given as object) }) }),
  },
  {
    clause: 'variants parse',
    how: 'two alike',
    plugin: metric(() => ({}), { variants: { roughness: {}, a: { scale: 2 }, b: { scale: 2 } } }),
  },
  {
    clause: 'variants parse',
    how: 'an alias of nothing',
    plugin: metric(() => ({}), { aliases: { rough: 'rougher' } }),
  },
  {
    clause: 'the facts',
    how: 'weights without a licence',
    plugin: metric(() => ({}), facts(roughness, { weights: { w: { file: 'w.pt', licence: '' } } })),
  },
  {
    clause: 'the facts',
    how: 'a knob whose range is reversed',
    plugin: attack(() => ({}), facts(signs, { knob: { option: 'step', measure: 'linf', range: [0.01, 0.001] } })),
  },
]
