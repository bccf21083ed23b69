import type { Value } from '@cupel/graph'
import { conv, type Layer, maxPool, parts, relu, unrolled } from './layer.js'

/** The outputs of every layer of torchvision's `features`, by its index there. */
export type Features = Layer<readonly Value[]>

/** `features.<index>.<tensor>` are the names in torchvision. */
export const features = (layers: readonly Layer[]): Features =>
  parts({ features: unrolled(layers) }, (named, x) => named.features(x))

const pool = 'pool'

/**
 * Simonyan, Zisserman, "Very deep convolutional networks for large-scale image recognition", ICLR 2015, configuration D.
 * The ReLUs before the pools are at 3, 8, 15, 22 and 29.
 */
export function vgg16(): Features {
  const design = [64, 64, pool, 128, 128, pool, 256, 256, 256, pool, 512, 512, 512, pool, 512, 512, 512, pool] as const
  let channels = 3
  return features(
    design.flatMap((width) => {
      if (width === pool) return [maxPool(2)]
      const inputs = channels
      channels = width
      return [conv(inputs, width, 3, { pad: 1 }), relu()]
    }),
  )
}

/**
 * AlexNet as in Krizhevsky, "One weird trick for parallelizing convolutional neural networks", 2014. The ReLUs are at
 * 1, 4, 7, 9 and 11. Images have at least 63 pixels a side.
 */
export const alexnet = (): Features =>
  features([
    conv(3, 64, 11, { stride: 4, pad: 2 }),
    relu(),
    maxPool(3, { stride: 2 }),
    conv(64, 192, 5, { pad: 2 }),
    relu(),
    maxPool(3, { stride: 2 }),
    conv(192, 384, 3, { pad: 1 }),
    relu(),
    conv(384, 256, 3, { pad: 1 }),
    relu(),
    conv(256, 256, 3, { pad: 1 }),
    relu(),
    maxPool(3, { stride: 2 }),
  ])
