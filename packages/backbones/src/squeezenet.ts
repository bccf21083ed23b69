import { conv, type Layer, maxPool, parts, relu } from './layer.js'
import { type Features, features } from './plain.js'

/** A fire module: `squeeze` channels by 1x1, from which `expand` channels by 1x1 and as many by 3x3. */
function fire(inputs: number, squeeze: number, expand: number): Layer {
  const layers = {
    squeeze: conv(inputs, squeeze, 1),
    expand1x1: conv(squeeze, expand, 1),
    expand3x3: conv(squeeze, expand, 3, { pad: 1 }),
  }
  return parts(layers, (l, x) => {
    const squeezed = l.squeeze(x).relu()
    return x.graph.concat([l.expand1x1(squeezed).relu(), l.expand3x3(squeezed).relu()], 1)
  })
}

const pool = (): Layer => maxPool(3, { stride: 2, ceil: true })

const versions = {
  squeezenet1_0: () => [
    conv(3, 96, 7, { stride: 2 }),
    relu(),
    pool(),
    fire(96, 16, 64),
    fire(128, 16, 64),
    fire(128, 32, 128),
    pool(),
    fire(256, 32, 128),
    fire(256, 48, 192),
    fire(384, 48, 192),
    fire(384, 64, 256),
    pool(),
    fire(512, 64, 256),
  ],
  squeezenet1_1: () => [
    conv(3, 64, 3, { stride: 2 }),
    relu(),
    pool(),
    fire(64, 16, 64),
    fire(128, 16, 64),
    pool(),
    fire(128, 32, 128),
    fire(256, 32, 128),
    pool(),
    fire(256, 48, 192),
    fire(384, 48, 192),
    fire(384, 64, 256),
    fire(512, 64, 256),
  ],
} as const

export type SqueezeNetName = keyof typeof versions

/**
 * Iandola et al., "SqueezeNet: AlexNet-level accuracy with 50x fewer parameters and < 0.5 MB model size", arXiv:1602.07360, table 1;
 * 1.1 is the authors' cheaper revision of it. 512 channels at the end.
 */
export const squeezenet = (name: SqueezeNetName): Features => features(versions[name]())
