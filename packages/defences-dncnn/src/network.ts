import { conv, type Layer, parts, relu, sequential } from '@cupel/backbones'
import type { Value } from '@cupel/graph'

/** Convolutions of 3 x 3 and the channels between them. */
export interface Design {
  readonly layers: number
  readonly width: number
}

/** The colour networks of the authors, blind and for one level of noise alike; 668,227 parameters. */
export const official: Design = { layers: 20, width: 64 }

/**
 * From the noisy image [1, 3, H, W] to the image without its noise, which is what the convolutions estimate. Batch normalisation has
 * been folded into them, as in the files. `model.0`, `model.2`, ... are their names in KAIR.
 */
export function dncnnNetwork({ layers, width }: Design): Layer {
  const channels = [3, ...new Array<number>(layers - 1).fill(width), 3]
  const stack = Array.from({ length: layers }, (_, i) => [conv(channels[i]!, channels[i + 1]!, 3, { pad: 1 }), relu()])
  const model = sequential(stack.flat().slice(0, -1))
  return parts({ model }, (l, noisy: Value) => noisy.sub(l.model(noisy)))
}
