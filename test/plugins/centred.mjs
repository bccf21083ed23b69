import { defineDefence, z } from '@cupel/core'
import { networkDefence } from '@cupel/network-defence'

/** Looks at the whole image, up to the size of the tests' pictures. */
export default defineDefence({
  name: 'centred',
  summary: 'less the mean of the whole image, plus a half',
  gradient: 'exact',
  options: z.object({ large: z.enum(['refuse', 'tile']).default('refuse').describe('what becomes of larger images') }),
  variants: { 'centred-tile': { large: 'tile' } },
  create: ({ large }, { device }) =>
    networkDefence((_, image) => image.sub(image.mean([2, 3])).add(0.5), {
      name: 'centred',
      device,
      extent: { whole: 48 * 40, large },
    }),
})
