import { mirroredTo } from '@cupel/core'
import type { Value } from '@cupel/graph'
import { cab, cabs, conv, down, orb, sam, up } from './blocks.js'
import { below, type Parameters } from './parameters.js'

/** Channels at full resolution, further ones per level below it and in the third stage, and attention blocks in each of its blocks. */
export interface Design {
  readonly features: number
  readonly deeper: number
  readonly wider: number
  readonly blocks: number
}

/** The authors' denoiser. */
export const official: Design = { features: 80, deeper: 48, wider: 32, blocks: 8 }

/** Maps at full, half and quarter resolution. */
type Levels = readonly [Value, Value, Value]
/** What a stage hands to the next one. */
interface Stage {
  readonly encoded: Levels
  readonly decoded: Levels
}

const levels = [1, 2, 3] as const
const each = (levels: Levels, change: (x: Value) => Value): Levels => [
  change(levels[0]),
  change(levels[1]),
  change(levels[2]),
]

/** Both halves of the maps along an axis, as further entries of the batch. */
function parted(x: Value, axis: 2 | 3): Value {
  const side = x.sides()[axis]!
  return x.graph.concat([x.slice([axis], [0], [side / 2]), x.slice([axis], [side / 2], [side])], 0)
}

/** Undoes {@link parted}. */
function joined(x: Value, axis: 2 | 3): Value {
  const batch = x.sides()[0]!
  return x.graph.concat([x.slice([0], [0], [batch / 2]), x.slice([0], [batch / 2], [batch])], axis)
}

function encoder(image: Value, p: Parameters, { features, deeper }: Design, before?: Stage): Levels {
  /** Features of the stage before, added at each level (CSFF). */
  const fused = (x: Value, level: 1 | 2 | 3): Value => {
    if (!before) return x
    const channels = x.sides()[1]!
    const encoded = conv(before.encoded[level - 1]!, below(p, `csff_enc${level}`), channels, 1)
    return x.add(encoded).add(conv(before.decoded[level - 1]!, below(p, `csff_dec${level}`), channels, 1))
  }
  const one = fused(cabs(image, below(p, 'encoder_level1'), 2), 1)
  const two = fused(cabs(down(one, below(p, 'down12'), features + deeper), below(p, 'encoder_level2'), 2), 2)
  const three = fused(cabs(down(two, below(p, 'down23'), features + 2 * deeper), below(p, 'encoder_level3'), 2), 3)
  return [one, two, three]
}

function decoder([one, two, three]: Levels, p: Parameters, { features, deeper }: Design): Levels {
  const third = cabs(three, below(p, 'decoder_level3'), 2)
  const wide = up(third, below(p, 'up32'), features + deeper).add(cab(two, below(p, 'skip_attn2')))
  const second = cabs(wide, below(p, 'decoder_level2'), 2)
  const full = up(second, below(p, 'up21'), features).add(cab(one, below(p, 'skip_attn1')))
  return [cabs(full, below(p, 'decoder_level1'), 2), second, third]
}

/** The third stage, which stays at full resolution (ORSNet). */
function original(x: Value, p: Parameters, { features, deeper, wider, blocks }: Design, before: Stage): Value {
  /** A level's map at full resolution; the two steps up of the third are named by indices. */
  const raised = (map: Value, level: 1 | 2 | 3, name: string): Value => {
    if (level === 1) return map
    if (level === 2) return up(map, below(p, `up_${name}1`), features)
    return up(up(map, below(p, `up_${name}2`, 0), features + deeper), below(p, `up_${name}2`, 1), features)
  }
  return levels.reduce((last, level) => {
    const added = (['enc', 'dec'] as const).map((name) => {
      const map = (name === 'enc' ? before.encoded : before.decoded)[level - 1]!
      return conv(raised(map, level, name), below(p, `conv_${name}${level}`), features + wider, 1)
    })
    return orb(last, below(p, `orb${level}`), blocks)
      .add(added[0]!)
      .add(added[1]!)
  }, x)
}

/**
 * From the image [1, 3, H, W], whose sides are multiples of 8, to that of the third stage. The first stage sees four quarters that know
 * nothing of one another until they are decoded as two halves, the second two halves, the third the whole.
 */
export function mprnetNetwork(image: Value, p: Parameters, design: Design): Value {
  const { features, wider } = design
  const shallow = (x: Value, stage: 1 | 2 | 3): Value => {
    const of = below(p, `shallow_feat${stage}`)
    return cab(conv(x, below(of, 0), features), below(of, 1))
  }
  const halves = parted(image, 2)

  const quarters = encoder(shallow(parted(halves, 3), 1), below(p, 'stage1_encoder'), design)
  const encoded1 = each(quarters, (x) => joined(x, 3))
  const decoded1 = decoder(encoded1, below(p, 'stage1_decoder'), design)
  const sam1 = sam(decoded1[0], halves, below(p, 'sam12')).features

  const start2 = conv(image.graph.concat([shallow(halves, 2), sam1], 1), below(p, 'concat12'), features)
  const before = { encoded: encoded1, decoded: decoded1 }
  const encoded2 = each(encoder(start2, below(p, 'stage2_encoder'), design, before), (x) => joined(x, 2))
  const decoded2 = decoder(encoded2, below(p, 'stage2_decoder'), design)
  const sam2 = sam(decoded2[0], image, below(p, 'sam23')).features

  const start3 = conv(image.graph.concat([shallow(image, 3), sam2], 1), below(p, 'concat23'), features + wider)
  const restored = original(start3, below(p, 'stage3_orsnet'), design, { encoded: encoded2, decoded: decoded2 })
  return conv(restored, below(p, 'tail'), 3).add(image)
}

/** The image continued to multiples of 8 by mirroring, as often as it takes where it is small. */
export function mirrored(image: Value): Value {
  const sides = image.sides()
  return ([2, 3] as const).reduce((x, axis) => {
    const side = sides[axis]!
    return side % 8 === 0 ? x : x.gather(axis, x.graph.constant(mirroredTo(8, side), 'int64'))
  }, image)
}
