import { defineChain, link } from '@cupel/core'
import centred from './centred.mjs'
import smooth from './smooth.mjs'

export default defineChain({
  name: 'centred-smooth',
  summary: 'centred, in tiles where an image is large, then smooth',
  links: [link(centred, { large: 'tile' }), link(smooth)],
})
