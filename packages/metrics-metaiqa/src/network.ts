import { batchNorm, classifier, type Layer, linear, parts, prelu } from '@cupel/backbones'

const head = parts(
  {
    fc1: linear(1000, 1024),
    bn1: batchNorm(1024),
    relu1: prelu(),
    fc2: linear(1024, 512),
    bn2: batchNorm(512),
    relu2: prelu(),
    fc3: linear(512, 1),
  },
  (l, x) => l.fc3(l.relu2(l.bn2(l.fc2(l.relu1(l.bn1(l.fc1(x))))))).sigmoid(),
)

/** The network, from the standardised image to its score, under the names of the authors' modules. */
export const metaiqaNetwork: Layer = parts({ resnet_layer: classifier('resnet18'), net: head }, (l, x) =>
  l.net(l.resnet_layer(x)),
)
