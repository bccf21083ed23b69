import { conv, dropout, type Layer, linear, parts, pooled, relu, sequential } from './layer.js'
import { mobilenetV2 } from './mobilenet.js'
import { alexnet, type Features, vgg16 } from './plain.js'
import { adaptiveAveragePool } from './resample.js'
import { type ResNetName, resnet, stageChannels } from './resnet.js'
import { type SqueezeNetName, squeezenet } from './squeezenet.js'

const residual = (name: ResNetName) => (outputs: number) =>
  parts({ '': resnet(name), fc: linear(stageChannels(name)[3]!, outputs) }, (l, x) => l.fc(pooled(l[''](x).layer4)))

/** A network that ends in `classifier` after a pool to a fixed size. */
const plain = (body: Features, side: number, classifier: Layer): Layer =>
  parts({ '': body, classifier }, (l, x) => l.classifier(adaptiveAveragePool(l[''](x).at(-1)!, [side, side]).flatten()))

const squeezed = (name: SqueezeNetName) => (outputs: number) =>
  parts({ '': squeezenet(name), classifier: sequential([dropout(), conv(512, outputs, 1), relu()]) }, (l, x) =>
    pooled(l.classifier(l[''](x).at(-1)!)),
  )

const networks = {
  resnet18: residual('resnet18'),
  resnet34: residual('resnet34'),
  resnet50: residual('resnet50'),
  resnet101: residual('resnet101'),
  resnext101_32x8d: residual('resnext101_32x8d'),
  vgg16: (outputs) =>
    plain(
      vgg16(),
      7,
      sequential([
        linear(512 * 49, 4096),
        relu(),
        dropout(),
        linear(4096, 4096),
        relu(),
        dropout(),
        linear(4096, outputs),
      ]),
    ),
  alexnet: (outputs) =>
    plain(
      alexnet(),
      6,
      sequential([
        dropout(),
        linear(256 * 36, 4096),
        relu(),
        dropout(),
        linear(4096, 4096),
        relu(),
        linear(4096, outputs),
      ]),
    ),
  squeezenet1_0: squeezed('squeezenet1_0'),
  squeezenet1_1: squeezed('squeezenet1_1'),
  mobilenet_v2: (outputs) =>
    parts({ '': mobilenetV2(), classifier: sequential([dropout(), linear(1280, outputs)]) }, (l, x) =>
      l.classifier(pooled(l[''](x).at(-1)!)),
    ),
} as const satisfies Record<string, (outputs: number) => Layer>

export type NetworkName = keyof typeof networks

/** The networks, by torchvision's names. */
export const networkNames = Object.keys(networks) as readonly NetworkName[]

/**
 * A whole network of torchvision: from the standardised image [batch, 3, H, W] to [batch, outputs], before any softmax.
 *
 * @param outputs Length of the last layer; ImageNet's 1000 classes unless told.
 */
export const classifier = (name: NetworkName, outputs = 1000): Layer => networks[name](outputs)
