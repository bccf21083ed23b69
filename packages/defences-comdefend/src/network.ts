import { type Layer, layer, parts, unrolled } from '@cupel/backbones'
import type { Tensor, Value } from '@cupel/graph'
import { type Checkpoint, loadStrict } from '@cupel/graph/checkpoint'
import { fromHwio } from '@cupel/network-defence'

/** Channels between the convolutions of one half of the network. */
export type Channels = readonly number[]

/** ComCNN, from an image to a code of 12 bits a pixel, and RecCNN, from the code to an image; 1,566,735 parameters. */
export const official = {
  encoder: [3, 16, 32, 64, 128, 256, 128, 64, 32, 12],
  decoder: [12, 32, 64, 128, 256, 128, 64, 32, 16, 3],
} as const

export interface Design {
  readonly encoder: Channels
  readonly decoder: Channels
}

/** Convolutions of 3 x 3 with ELUs between them; `0.weight`, `0.bias`, `1.weight` ... */
function stack(channels: Channels): Layer {
  const last = channels.length - 2
  const convolutions = channels.slice(1).map((outputs, i) => {
    const shapes = { weight: [outputs, channels[i]!, 3, 3], bias: [outputs] }
    return layer((x, w) => {
      const y = x.conv(w('weight'), w('bias'), { pad: 1 })
      return i < last ? y.op('Elu') : y
    }, shapes)
  })
  const all = unrolled(convolutions)
  return layer((x, w) => all(x, w).at(-1)!, all.shapes)
}

/**
 * One where a value within 0..1 is above a half and zero elsewhere, with the derivative of the value itself (straight through).
 * The value is taken off as a whole number of 2^-24, which has no derivative and is its exact value above a half.
 */
function binary(soft: Value): Value {
  const held = soft
    .mul(2 ** 24)
    .op('Round')
    .mul(2 ** -24)
  return soft.greater(0.5).cast('float32').add(soft.sub(held))
}

/** From the image [1, 3, H, W] to what its code keeps of it, of the same shape and within 0..1. */
export const comdefendNetwork = ({ encoder, decoder }: Design): Layer =>
  parts({ encoder: stack(encoder), decoder: stack(decoder) }, (l, image) => {
    const code = binary(l.encoder(image.sub(0.5)).sigmoid())
    return l.decoder(code).sigmoid()
  })

/** Reads one half as canton saved it: a list of kernels [3, 3, in, out] and biases in turn. */
export async function readHalf(
  checkpoint: Checkpoint,
  half: keyof Design,
  design: Design,
): Promise<Map<string, Tensor>> {
  const channels = design[half]
  const shapes = new Map<string, readonly number[]>()
  for (const [i, outputs] of channels.slice(1).entries()) {
    shapes.set(`${2 * i}`, [3, 3, channels[i]!, outputs]).set(`${2 * i + 1}`, [outputs])
  }
  const state = await loadStrict(checkpoint, shapes)
  return new Map(
    [...state.values()].map((value, i) => {
      const name = `${half}.${Math.floor(i / 2)}`
      return i % 2 === 0 ? [`${name}.weight`, fromHwio(value)] : [`${name}.bias`, value]
    }),
  )
}
