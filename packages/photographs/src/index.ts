import { fileURLToPath } from 'node:url'

/** A photograph that anyone may use for anything. */
export interface Photograph {
  readonly name: string
  /** The PNG file: RGB, 299 x 299 pixels, the middle square of the original, reduced by Lanczos resampling. */
  readonly path: string
  readonly title: string
  readonly author: string
  readonly licence: 'CC0-1.0' | 'public domain'
  /** Where the original was published. */
  readonly source: string
}

const photograph = (name: string, facts: Omit<Photograph, 'name' | 'path'>): Photograph => ({
  name,
  path: fileURLToPath(new URL(`../images/${name}.png`, import.meta.url)),
  ...facts,
})

/** The photographs, with what is known of each. */
export const photographs: readonly Photograph[] = [
  photograph('astronaut', {
    title: 'Eileen Collins, astronaut',
    author: 'NASA',
    licence: 'public domain',
    source: 'https://flic.kr/p/r9qvLn',
  }),
  photograph('chelsea', {
    title: 'Chelsea, a cat',
    author: 'Stéfan van der Walt',
    licence: 'CC0-1.0',
    source: 'https://scikit-image.org (skimage.data.chelsea)',
  }),
  photograph('coffee', {
    title: 'A cup of coffee at Pikolo Espresso Bar',
    author: 'Rachel Michetti',
    licence: 'CC0-1.0',
    source: 'https://scikit-image.org (skimage.data.coffee)',
  }),
  photograph('dandelions', {
    title: 'Seeding',
    author: 'Clemens Engelhardt',
    licence: 'CC0-1.0',
    source: 'https://gitlab.com/ubports/development/core/lomiri-wallpapers (16.04)',
  }),
  photograph('rocket', {
    title: 'Launch of DSCOVR on a Falcon 9',
    author: 'SpaceX',
    licence: 'public domain',
    source: 'https://www.flickr.com/photos/spacexphotos/16511594820',
  }),
]
