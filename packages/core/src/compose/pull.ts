import type { GradientKind } from '../gradient.js'
import type { Image } from '../image.js'
import type { Purified } from '../interface.js'
import { resizeAdjoint } from '../resize.js'

/**
 * d L / d input from d L / d purified: the defence's own pullback; without one BPDA with the identity (Athalye et al. 2018), or
 * where the size changed with a bilinear resize, whose adjoint this is.
 */
export async function pull(
  image: Image,
  purified: Purified,
  gradient: Float32Array,
): Promise<{ readonly gradient: Float32Array; readonly kind: GradientKind }> {
  if (purified.pullback) return purified.pullback(gradient)
  const sameSize = purified.width === image.width && purified.height === image.height
  return { gradient: sameSize ? gradient.slice() : resizeAdjoint(gradient, image, purified), kind: 'identity' }
}
