import { conv, type Layer, layer, parts, sequential } from '@cupel/backbones'
import type { Value } from '@cupel/graph'

/** Of the encoder: channels and residual blocks. Of the decoder: hidden layers, and what it is told beside 3 x 3 features. */
export interface Design {
  readonly width: number
  readonly blocks: number
  readonly hidden: readonly number[]
  /** Whether it is told the sides of a pixel beside the place within it. */
  readonly cell: boolean
}

const same = (channels: number): Layer => conv(channels, channels, 3, { pad: 1 })
const relu = layer((x) => x.relu())
const residual = (channels: number): Layer =>
  parts({ body: sequential([same(channels), relu, same(channels)]) }, (l, x) => l.body(x).add(x))

/** The features of EDSR, of the image's size. */
function encoder({ width, blocks }: Design): Layer {
  const head = sequential([conv(3, width, 3, { pad: 1 })])
  const body = sequential([...Array.from({ length: blocks }, () => residual(width)), same(width)])
  return parts({ head, body }, (l, image) => {
    const start = l.head(image)
    return l.body(start).add(start)
  })
}

/**
 * The decoder's first layer at the centres of pixels. Its input is 3 x 3 features, channel by channel, which makes it a convolution, and
 * four numbers that are the same everywhere: the place relative to the pixel's centre, 0 and 0, and the pixel's sides, 2 and 2 where the
 * image is 2 H by 2 W.
 */
function first({ width, hidden, cell }: Design): Layer {
  const [features, outputs] = [9 * width, hidden[0]!]
  return layer(
    (x, w) => {
      const weight = w('weight')
      const kernel = weight.slice([1], [0], [features]).reshape([outputs, width, 3, 3])
      const bias = w('bias')
      const sides = cell
        ? weight
            .slice([1], [features + 2], [features + 4])
            .sum([1], { keep: false })
            .mul(2)
        : 0
      return x.conv(kernel, bias.add(sides), { pad: 1 })
    },
    { weight: [outputs, features + (cell ? 4 : 2)], bias: [outputs] },
  )
}

/** A fully connected layer of every pixel's features. */
const pixelwise = (inputs: number, outputs: number): Layer =>
  layer((x, w) => x.conv(w('weight').reshape([outputs, inputs, 1, 1]), w('bias')), {
    weight: [outputs, inputs],
    bias: [outputs],
  })

/** From the image [1, 3, H, W] within 0..1 to the restored one. */
export function discoNetwork(design: Design): Layer {
  const sides = [...design.hidden, 3]
  const rest = sides.slice(1).flatMap((outputs, i) => [relu, pixelwise(sides[i]!, outputs)])
  const imnet = parts({ layers: sequential([first(design), ...rest]) }, (l, x) => l.layers(x))
  return parts({ encoder: encoder(design), imnet }, (l, image: Value) => {
    const restored = l.imnet(l.encoder(image.mul(2).sub(1)))
    return restored.mul(0.5).add(0.5)
  })
}

/** Pixels that an output depends on to each side: the head, two a block, the end of the body, and 3 x 3 features. */
export const reach = ({ blocks }: Design): number => 1 + 2 * blocks + 1 + 1
