import { conv, parts } from '@cupel/backbones'
import type { Value } from '@cupel/graph'

const leaky = (x: Value): Value => x.op('LeakyRelu', [], { alpha: 0.2 })

/** Each channel less its mean, over its standard deviation; no parameters, no running statistics. */
function instanceNormalised(x: Value): Value {
  const [, channels] = x.sides()
  const all = (value: number) => new Array<number>(channels!).fill(value)
  return x.op('InstanceNormalization', [all(1), all(0)], { epsilon: 1e-5 })
}

const same = (inputs: number, outputs: number) => conv(inputs, outputs, 3, { pad: 1 })

/** From the image [1, 3, H, W] to values in -1..1 of the same shape; 11,459 parameters. */
export const fcnNetwork = parts({ conv1: same(3, 64), conv2: same(64, 16), conv3: same(16, 3) }, (l, image) => {
  const features = instanceNormalised(l.conv2(leaky(l.conv1(image))))
  return l.conv3(leaky(features)).tanh()
})
