import type { Context, Image } from '@cupel/core'

/** A perturbation drawn uniformly from the L-infinity ball of radius `eps`: -eps..eps for every value, fixed by the context's seed. */
export const uniformStart = (eps: number, { data }: Image, { random }: Pick<Context, 'random'>): Float32Array =>
  Float32Array.from(random.fork('start').uniforms(data.length), (u) => eps * (2 * u - 1))
