export { classifier, type NetworkName, networkNames } from './classifier.js'
export {
  batchNorm,
  conv,
  dropout,
  type Layer,
  layer,
  linear,
  maxPool,
  parts,
  pooled,
  prelu,
  relu,
  relu6,
  renamed,
  type Shapes,
  sequential,
  unrolled,
  type Weights,
} from './layer.js'
export { mobilenetV2 } from './mobilenet.js'
export { alexnet, type Features, features, vgg16 } from './plain.js'
export { adaptiveAveragePool, resized, shorterSide } from './resample.js'
export { type ResNetName, resnet, type Stages, sequentialNames, stageChannels } from './resnet.js'
export { type SqueezeNetName, squeezenet } from './squeezenet.js'
export { standardised } from './standardise.js'
