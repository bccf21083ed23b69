import type { Value } from '@cupel/graph'
import { batchNorm, conv, type Layer, parts, sequential } from './layer.js'

/** The outputs of a residual network's four stages, at 1/4, 1/8, 1/16 and 1/32 of the image's sides. */
export interface Stages {
  readonly layer1: Value
  readonly layer2: Value
  readonly layer3: Value
  readonly layer4: Value
}

/** One residual network: its kind of block, blocks per stage, and for ResNeXt the groups and the width of each. */
interface Design {
  readonly block: 'basic' | 'bottleneck'
  readonly blocks: readonly [number, number, number, number]
  readonly groups?: number
  readonly groupWidth?: number
}

/**
 * He, Zhang, Ren, Sun, "Deep residual learning for image recognition", CVPR 2016, table 1; Xie et al., "Aggregated residual
 * transformations for deep neural networks", CVPR 2017. The stride is in the 3x3 convolution, as torchvision has it.
 */
const designs = {
  resnet18: { block: 'basic', blocks: [2, 2, 2, 2] },
  resnet34: { block: 'basic', blocks: [3, 4, 6, 3] },
  resnet50: { block: 'bottleneck', blocks: [3, 4, 6, 3] },
  resnet101: { block: 'bottleneck', blocks: [3, 4, 23, 3] },
  resnext101_32x8d: { block: 'bottleneck', blocks: [3, 4, 23, 3], groups: 32, groupWidth: 8 },
} as const satisfies Record<string, Design>

export type ResNetName = keyof typeof designs

const expansion = { basic: 1, bottleneck: 4 } as const
const planes = [64, 128, 256, 512] as const

/** Channels of each stage's output. */
export const stageChannels = (name: ResNetName): readonly number[] =>
  planes.map((width) => width * expansion[designs[name].block])

const unbiased = (inputs: number, outputs: number, kernel: number, stride = 1, group = 1): Layer =>
  conv(inputs, outputs, kernel, { stride, group, pad: (kernel - 1) / 2, bias: false })

function block(design: Design, inputs: number, width: number, stride: number): Layer {
  const outputs = width * expansion[design.block]
  const shortcut =
    stride === 1 && inputs === outputs
      ? undefined
      : sequential([unbiased(inputs, outputs, 1, stride), batchNorm(outputs)])
  const downsample = shortcut && { downsample: shortcut }
  if (design.block === 'basic') {
    const layers = {
      conv1: unbiased(inputs, width, 3, stride),
      bn1: batchNorm(width),
      conv2: unbiased(width, width, 3),
      bn2: batchNorm(width),
      ...downsample,
    }
    return parts(layers, (l, x) => {
      const residual = l.bn2(l.conv2(l.bn1(l.conv1(x)).relu()))
      return residual.add(l.downsample?.(x) ?? x).relu()
    })
  }
  const { groups = 1, groupWidth = 64 } = design
  const inner = Math.floor((width * groupWidth) / 64) * groups
  const layers = {
    conv1: unbiased(inputs, inner, 1),
    bn1: batchNorm(inner),
    conv2: unbiased(inner, inner, 3, stride, groups),
    bn2: batchNorm(inner),
    conv3: unbiased(inner, outputs, 1),
    bn3: batchNorm(outputs),
    ...downsample,
  }
  return parts(layers, (l, x) => {
    const reduced = l.bn1(l.conv1(x)).relu()
    const residual = l.bn3(l.conv3(l.bn2(l.conv2(reduced)).relu()))
    return residual.add(l.downsample?.(x) ?? x).relu()
  })
}

function stage(design: Design, index: number): Layer {
  const outputs = planes[index]! * expansion[design.block]
  const inputs = index === 0 ? planes[0] : planes[index - 1]! * expansion[design.block]
  const stride = index === 0 ? 1 : 2
  return sequential(
    Array.from({ length: design.blocks[index]! }, (_, depth) =>
      depth === 0 ? block(design, inputs, planes[index]!, stride) : block(design, outputs, planes[index]!, 1),
    ),
  )
}

/** A residual network without its classifier: from the standardised image [batch, 3, H, W] to its stages. */
export function resnet(name: ResNetName): Layer<Stages> {
  const design = designs[name]
  const layers = {
    conv1: unbiased(3, 64, 7, 2),
    bn1: batchNorm(64),
    layer1: stage(design, 0),
    layer2: stage(design, 1),
    layer3: stage(design, 2),
    layer4: stage(design, 3),
  }
  return parts(layers, (l, x) => {
    const layer1 = l.layer1(l.bn1(l.conv1(x)).relu().maxPool(3, { stride: 2, pad: 1 }))
    const layer2 = l.layer2(layer1)
    const layer3 = l.layer3(layer2)
    return { layer1, layer2, layer3, layer4: l.layer4(layer3) }
  })
}

/**
 * Names of a residual network's parts where it is kept as `nn.Sequential` of its children, as fastai and several IQA metrics do:
 * for `renamed(resnet(...), sequentialNames)`.
 */
export const sequentialNames = { conv1: '0', bn1: '1', layer1: '4', layer2: '5', layer3: '6', layer4: '7' } as const
