import { conv, type Layer, layer, parts, relu, sequential } from '@cupel/backbones'
import type { Value } from '@cupel/graph'

/** Convolutions of 3 x 3 and the channels between them. */
export interface Design {
  readonly layers: number
  readonly width: number
}

/** The authors' colour network; 852,108 parameters. */
export const official: Design = { layers: 12, width: 96 }

/** Blocks of 2 x 2 pixels as channels: those of the first colour, row by row, then those of the next. */
function unshuffled(x: Value): Value {
  const [, channels, height, width] = x.sides() as [number, number, number, number]
  const [rows, columns] = [height / 2, width / 2]
  return x
    .reshape([1, channels, rows, 2, columns, 2])
    .transpose([0, 1, 3, 5, 2, 4])
    .reshape([1, 4 * channels, rows, columns])
}

const shuffled = (x: Value): Value => x.op('DepthToSpace', [], { blocksize: 2, mode: 'CRD' })

/**
 * From the noisy image [1, 3, H, W] to a clean one. An odd side is made even by repeating its last pixels.
 *
 * @param sigma the level of noise, of 255, a further channel of every block
 */
export function ffdnetNetwork({ layers, width }: Design, sigma: number): Layer {
  const channels = [13, ...new Array<number>(layers - 1).fill(width), 12]
  const stack = Array.from({ length: layers }, (_, i) => [conv(channels[i]!, channels[i + 1]!, 3, { pad: 1 }), relu()])
  const told = layer((blocks) => {
    const [, , rows, columns] = blocks.sides()
    const level = blocks.graph.constant(sigma / 255).expand([1, 1, rows!, columns!])
    return blocks.graph.concat([blocks, level], 1)
  })
  return parts({ told, model: sequential(stack.flat().slice(0, -1)) }, (l, noisy) => {
    const [, , height, columns] = noisy.sides() as [number, number, number, number]
    const even = noisy.pad([0, 0, height % 2, columns % 2], 'edge')
    return shuffled(l.model(l.told(unshuffled(even)))).slice([2, 3], [0, 0], [height, columns])
  })
}
