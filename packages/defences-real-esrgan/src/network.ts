import { conv, type Layer, layer, parts, sequential } from '@cupel/backbones'
import type { Value } from '@cupel/graph'

const same = (inputs: number, outputs: number): Layer => conv(inputs, outputs, 3, { pad: 1 })
const leaky = (x: Value): Value => x.op('LeakyRelu', [], { alpha: 0.2 })

/** Twice the sides, each value four times. */
const doubled = (x: Value): Value =>
  x.op('Resize', [undefined, [1, 1, 2, 2]], {
    mode: 'nearest',
    coordinate_transformation_mode: 'asymmetric',
    nearest_mode: 'floor',
  })

/** max(x, 0) + weight * min(x, 0), with a weight for each channel. */
const channelPrelu = (channels: number): Layer =>
  layer((x, w) => x.op('PRelu', [w('weight').reshape([channels, 1, 1])]), { weight: [channels] })

/** Channels between the convolutions, and how many of them or of dense blocks there are between the first and the last. */
export interface Design {
  readonly width: number
  readonly depth: number
}

/**
 * SRVGGNetCompact: convolutions at the size of the image, of which the last makes 16 pixels of each; they are added to the pixel itself.
 * `body.0`, `body.2` ... are the convolutions, `body.1` ... the PReLUs.
 */
export function compact({ width, depth }: Design): Layer {
  const inner = Array.from({ length: depth }, () => [same(width, width), channelPrelu(width)]).flat()
  const body = sequential([same(3, width), channelPrelu(width), ...inner, same(width, 48)])
  return parts({ body }, (l, image) => {
    const [, , height, columns] = image.sides()
    const repeated = image.unsqueeze([2]).expand([1, 3, 16, height!, columns!]).reshape([1, 48, height!, columns!])
    return l.body(image).add(repeated).op('DepthToSpace', [], { blocksize: 4, mode: 'CRD' })
  })
}

/** What a block adds to its input is scaled by this. */
const residual = 0.2

/** Residual dense block: every convolution sees all maps before it. */
function dense(width: number, growth: number): Layer {
  const layers = Object.fromEntries(
    [1, 2, 3, 4, 5].map((i) => [`conv${i}`, same(width + (i - 1) * growth, i === 5 ? width : growth)]),
  )
  return parts(layers, (l, x) => {
    const maps = [x]
    for (let i = 1; i <= 4; i++) maps.push(leaky(l[`conv${i}`]!(x.graph.concat(maps, 1))))
    return l['conv5']!(x.graph.concat(maps, 1)).mul(residual).add(x)
  })
}

/** Residual in residual dense block. */
const rrdb = (width: number, growth: number): Layer =>
  parts({ rdb1: dense(width, growth), rdb2: dense(width, growth), rdb3: dense(width, growth) }, (l, x) =>
    l
      .rdb3(l.rdb2(l.rdb1(x)))
      .mul(residual)
      .add(x),
  )

/** RRDBNet: dense blocks at the size of the image, then two doublings. */
export function rrdbNet({ width, depth }: Design): Layer {
  const layers = {
    conv_first: same(3, width),
    body: sequential(Array.from({ length: depth }, () => rrdb(width, width / 2))),
    conv_body: same(width, width),
    conv_up1: same(width, width),
    conv_up2: same(width, width),
    conv_hr: same(width, width),
    conv_last: same(width, 3),
  }
  return parts(layers, (l, image) => {
    const first = l.conv_first(image)
    const features = first.add(l.conv_body(l.body(first)))
    const large = leaky(l.conv_up2(doubled(leaky(l.conv_up1(doubled(features))))))
    return l.conv_last(leaky(l.conv_hr(large)))
  })
}
